/**
 * Batches by time: what came within 50 ms is written as one, and up to ten batches may wait for a slow
 * writer before whoever emits has to.
 *
 *     node examples/live/timed-batches.ts
 */
import { setTimeout } from 'node:timers/promises'
import { Stream, type StreamOptions } from 'sluice'

/** A stream of words that are written in batches, each as one line. */
export function writeInBatches(
  write: (line: string) => Promise<void>,
  options: StreamOptions = {},
): Stream<string> {
  const words = new Stream<string>(options)
  words
    .timedWindow('50ms')
    .filter(batch => batch.length > 0)
    .map(batch => batch.join(' '))
    .buffer(10)
    .sink(write)
  return words
}

if (import.meta.main) {
  await using words = writeInBatches(async line => {
    await setTimeout(80)
    console.log(line)
  })
  for (const word of 'the quick brown fox jumps over the lazy dog'.split(' ')) {
    await words.emit(word)
    await setTimeout(20)
  }
  await words.end()
}
