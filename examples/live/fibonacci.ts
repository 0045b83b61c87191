/**
 * A loop: the sum of the last two numbers comes back as the next one, at most one each half second.
 *
 *     node examples/live/fibonacci.ts
 *
 * prints 1, 2, 3, 5, 8, …, 89.
 */
import { Stream, type StreamOptions } from 'sluice'

/** The Fibonacci numbers from the third on, once 0 and 1 are emitted; the first at once. */
export function fibonacci(show: (n: number) => void, options: StreamOptions = {}): Stream<number> {
  const numbers = new Stream<number>(options)
  const sums = numbers
    .slidingWindow(2)
    .starmap((one, other) => one + other)
    .pace('500ms')
  sums.sink(show)
  sums.connect(numbers)
  return numbers
}

if (import.meta.main) {
  const numbers = fibonacci(n => {
    console.log(n)
    if (n === 89) void numbers.dispose()
  })
  await numbers.emit(0)
  await numbers.emit(1)
}
