/**
 * `JSON.parse` over bytes, strict about UTF-8, with errors that say where.
 */
import { CodecError, messageOf } from '../errors.ts'
import { byteAt, firstInvalid } from './json-scan.ts'
import { asBuffer, decodeUtf8 } from './utf8.ts'

// Local, as V8 treats imported constants as variables.
const OPEN_LIST = 0x5b
const OPEN_OBJECT = 0x7b

const EXCERPT_BYTES = 40

/** The value of the JSON document in `bytes[start, end)`. Throws `CodecError` (`DECODE_FAILED`). */
export function parseJson(bytes: Uint8Array, start: number, end: number): unknown {
  const text = decodeUtf8(bytes, start, end)
  if (text === undefined) throw notJson('the bytes are not UTF-8', bytes, start, end)
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw notJson(reasonOf(thrown, bytes, start, end), bytes, start, end, thrown)
  }
}

/** Positions count bytes, which `JSON.parse` does not know. */
function reasonOf(thrown: unknown, bytes: Uint8Array, start: number, end: number): string {
  const at = firstInvalid(bytes, start, end)
  if (at === undefined) return messageOf(thrown)
  if (at === end) return end === start ? 'no bytes at all' : `unexpected end at byte ${at - start}`
  const byte = byteAt(bytes, at, end)
  // our scan gives up on very deep values, so here it may be wrong about the reason
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return messageOf(thrown)
  const printable = byte > 0x20 && byte < 0x7f
  const shown = printable
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
  return `unexpected ${shown} at byte ${at - start}`
}

function notJson(reason: string, bytes: Uint8Array, start: number, end: number, cause?: unknown): CodecError {
  const excerpt = asBuffer(bytes).utf8Slice(start, Math.min(end, start + EXCERPT_BYTES))
  const dots = end - start > EXCERPT_BYTES ? '…' : ''
  return new CodecError(
    'DECODE_FAILED',
    `not JSON: ${reason}${excerpt === '' ? '' : `: ${excerpt}${dots}`}`,
    { cause },
  )
}
