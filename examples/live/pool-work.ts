/** What the workers of `pool.ts` do: the functions are named there, and loaded here. */

/** How many primes there are below a number, counted the slow way. */
export function primesBelow(limit: number): number {
  let count = 0
  for (let n = 2; n < limit; n++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= n && isPrime; divisor++) isPrime = n % divisor !== 0
    if (isPrime) count++
  }
  return count
}

/** The sum of all counts so far. */
export function add(sum: number, count: number): number {
  return sum + count
}
