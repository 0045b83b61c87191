/**
 * An iterator that ends, through a stream: adds 1, keeps the even numbers, and sums them up.
 *
 *     node examples/live/finite-iterator.ts
 *
 * prints 12: 2 + 4 + 6, at the end of the numbers.
 */
import { Stream } from 'sluice'

const numbers = Stream.from([1, 2, 3, 4, 5])

numbers
  .map(n => n + 1)
  .filter(n => n % 2 === 0)
  .reduce((sum, n) => sum + n, 0)
  .sink(sum => console.log(sum))

await numbers.run()
