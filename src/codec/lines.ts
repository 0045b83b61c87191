/** The codec of records that hold several lines, each of them a value of another codec. */
import { CodecError } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { string } from './string.ts'
import { asBuffer } from './utf8.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Lines of text: the value is the array of all lines, each read by `of`, by default as a string.
 *
 * A line ends with a line feed, with or without a carriage return before it; behind the last one it
 * may be missing, and an empty record has no lines. Writing ends each line with a line feed, and
 * refuses an element whose bytes contain a line feed or a carriage return. An error names the line,
 * counted from 1.
 *
 * ```ts
 * const readings = lines(json({ sensor: 'string', value: 'number' }))
 * // Codec<{ sensor: string; value: number }[]>
 * ```
 */
export function lines(): Codec<string[]>
export function lines<T>(of: Codec<T>): Codec<T[]>
export function lines(of: Codec<unknown> = string()): Codec<unknown[]> {
  return {
    name: 'lines',
    fingerprint: `lines:1:${of.fingerprint}`,

    decode(bytes: Uint8Array, start: number, end: number): unknown[] {
      const values: unknown[] = []
      const buffer = asBuffer(bytes)
      for (let at = start; at < end; ) {
        const found = buffer.indexOf(LINE_FEED, at)
        const isLast = found === -1 || found >= end
        const feed = isLast ? end : found
        const lineEnd = !isLast && feed > at && bytes[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed
        values.push(decodeLine(of, bytes, at, lineEnd, values.length + 1))
        at = feed + 1
      }
      return values
    },

    encode(values: readonly unknown[], into: ByteWriter): void {
      if (!Array.isArray(values))
        throw new CodecError('ENCODE_FAILED', `found ${typeof values}; expected an array of lines`)
      for (let line = 0; line < values.length; line++) {
        encodeLine(of, values[line], into, line + 1)
        into.writeByte(LINE_FEED)
      }
    },
  }
}

function decodeLine(
  of: Codec<unknown>,
  bytes: Uint8Array,
  start: number,
  end: number,
  line: number,
): unknown {
  try {
    return of.decode(bytes, start, end)
  } catch (thrown) {
    throw atLine(thrown, line)
  }
}

function encodeLine(of: Codec<unknown>, value: unknown, into: ByteWriter, line: number): void {
  const start = into.length
  try {
    of.encode(value, into)
  } catch (thrown) {
    throw atLine(thrown, line)
  }
  const written = into.buffer.subarray(start, into.length)
  if (!written.includes(LINE_FEED) && !written.includes(CARRIAGE_RETURN)) return
  throw new CodecError('ENCODE_FAILED', `line ${line}: found a line break in the element; expected one line`)
}

function atLine(thrown: unknown, line: number): unknown {
  if (!(thrown instanceof CodecError)) return thrown
  const code = thrown.code === 'DECODE_FAILED' ? 'DECODE_FAILED' : 'ENCODE_FAILED'
  return new CodecError(code, `line ${line}: ${thrown.message}`, { cause: thrown })
}
