/** Random counts, as of events that happen independently of one another. */

/** A number of events when `mean` of them are expected: Knuth's method, for small means. */
export function poisson(mean: number, random: () => number = Math.random): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
