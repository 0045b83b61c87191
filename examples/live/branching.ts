/**
 * One stream, two branches: even numbers are added up, odd ones subtracted. An element goes through the
 * branch that was built first, to its end, and then through the other.
 *
 *     node examples/live/branching.ts
 */
import { Stream } from 'sluice'

const numbers = new Stream<number>()
const incremented = numbers.map(n => n + 1)

incremented
  .filter(n => n % 2 === 0)
  .scan((sum, n) => sum + n, 0)
  .sink(sum => console.log('even', sum))

incremented
  .filter(n => n % 2 === 1)
  .scan((difference, n) => difference - n, 0)
  .sink(difference => console.log('odd', difference))

for (const n of [1, 2, 3, 4, 5]) await numbers.emit(n)
