/**
 * A stream that is read as an async iterator: whoever asks for the next result sets the pace, so the
 * numbers may be endless.
 *
 *     node examples/live/pulled.ts
 *
 * prints 2, 6 and 12, and leaves; with that the counting stops.
 */
import { Stream } from 'sluice'

function* count(): Generator<number> {
  for (let n = 0; ; n++) yield n
}

const sums = Stream.from(count())
  .map(n => n + 1)
  .filter(n => n % 2 === 0)
  .scan((sum, n) => sum + n, 0)
  .take(3)

for await (const sum of sums) console.log(sum)
