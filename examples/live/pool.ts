/**
 * Scatter, map, accumulate, gather: what costs CPU time is done by two worker threads, while this thread
 * goes on. Results come in the order of their elements; a worker that dies costs nothing but time.
 *
 *     node examples/live/pool.ts
 *
 * prints the number of primes below 10,000, 20,000, 30,000 and 40,000, added up: 1229, 3491, 6736 and 10939.
 */
import { moduleFunction, Stream } from 'sluice'

const WORK = new URL('./pool-work.ts', import.meta.url)

if (import.meta.main) {
  await using limits = Stream.from([10_000, 20_000, 30_000, 40_000])
  limits
    .scatter({ workers: 2 })
    .map(moduleFunction<typeof import('./pool-work.ts').primesBelow>(WORK, 'primesBelow'))
    .scan(moduleFunction<typeof import('./pool-work.ts').add>(WORK, 'add'), 0)
    .gather()
    .sink(sum => console.log(sum))
  await limits.run()
}
