/**
 * A stream that something pushes into: each `emit` goes through all steps before it returns.
 *
 *     node examples/live/pushed.ts
 *
 * prints [ 2, 6, 12 ].
 */
import { Stream } from 'sluice'

const numbers = new Stream<number>()

const sums = numbers
  .map(n => n + 1)
  .filter(n => n % 2 === 0)
  .scan((sum, n) => sum + n, 0)
  .toArray()

for (const n of [1, 2, 3, 4, 5]) await numbers.emit(n)
console.log(sums)
