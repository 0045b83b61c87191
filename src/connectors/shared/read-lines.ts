/**
 * Reads chunks of bytes (a socket, a pipe) line by line into a turnstile. It pulls, so the stream is paused while the lines
 * of one chunk are handed on: no more than that chunk, the stream's own buffer and one unfinished line
 * are in memory.
 */
import type { ByteSplitter } from './byte-splitter.ts'
import type { RunScope } from './run-scope.ts'
import type { Turnstile } from './turnstile.ts'

/** What lines are read with. */
export interface LineReading<T> {
  readonly splitter: ByteSplitter
  readonly decode: (bytes: Buffer) => T
  readonly turnstile: Turnstile<T>
  readonly scope: RunScope
}

/**
 * Resolves at the end of the stream, its unfinished last line handed on too, or as soon as the run
 * stops; rejects when the stream breaks off, or a line is too long.
 */
export async function readLines<T>(stream: AsyncIterable<Buffer>, reading: LineReading<T>): Promise<void> {
  const { splitter, decode, turnstile, scope } = reading
  for await (const chunk of stream) {
    for (const line of splitter.push(chunk)) {
      if (scope.isStopped) return
      const passed = turnstile.emit(decode(line))
      if (passed !== undefined) await passed
    }
    if (scope.isStopped) return
  }
  const rest = splitter.end()
  if (rest !== undefined) await turnstile.emit(decode(rest))
}
