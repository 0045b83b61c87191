/**
 * Strict UTF-8: bytes that are not UTF-8 are noticed instead of being replaced by U+FFFD.
 *
 * A decoder puts U+FFFD for everything that is invalid, so a text without it came from valid bytes:
 * only texts with it are looked at twice.
 */
import { isUtf8 } from 'node:buffer'

const REPLACEMENT = '\ufffd'

/** The text in `bytes[start, end)`, or `undefined` if these are not valid UTF-8. Keeps a BOM. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  const text = asBuffer(bytes).utf8Slice(start, end)
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) return undefined
  return text
}

/** The same bytes as a `Buffer`, which has the fast ways to make strings. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
