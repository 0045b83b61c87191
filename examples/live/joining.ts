/**
 * Two branches, joined again: whenever one of them has a new result, the sum of the newest of both.
 *
 *     node examples/live/joining.ts
 */
import { Stream } from 'sluice'

const numbers = new Stream<number>()
const incremented = numbers.map(n => n + 1)
const added = incremented.filter(n => n % 2 === 0).scan((sum, n) => sum + n, 0)
const subtracted = incremented.filter(n => n % 2 === 1).scan((difference, n) => difference - n, 0)

added
  .combineLatest(subtracted)
  .map(([one, other]) => one + other)
  .sink(total => console.log(total))

for (const n of [1, 2, 3, 4, 5]) await numbers.emit(n)
