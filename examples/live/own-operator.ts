/**
 * An operator of your own is a function from a stream to a stream. It is made of those there are, so it
 * works on live streams and in apps, per key on a keyed stream, and has their types, policies and state.
 *
 *     node examples/live/own-operator.ts
 *
 * prints 20, 21.5 and 19: what differs by more than 1 from what was printed last.
 */
import { Stream } from 'sluice'

/** The elements that differ by more than `least` from the last one that was let through. */
export function changes(stream: Stream<number>, least: number): Stream<number> {
  return stream
    .mapWithState<number, readonly number[]>(
      (last, value) => (Math.abs(value - last) <= least ? [last, []] : [value, [value]]),
      Number.NaN,
    )
    .flatten()
}

if (import.meta.main) {
  const celsius = new Stream<number>()
  changes(celsius, 1).sink(value => console.log(value))
  for (const value of [20, 20.5, 20.9, 21.5, 21, 20.6, 19]) await celsius.emit(value)
}
