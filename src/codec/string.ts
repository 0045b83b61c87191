/** The codec of plain text: UTF-8, nothing around it. */
import { CodecError } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { decodeUtf8 } from './utf8.ts'

/**
 * Text as UTF-8 bytes. Refuses bytes that are not UTF-8, and strings that UTF-8 cannot hold (lone
 * surrogates), so that what is read is always what was written.
 */
export function string(): Codec<string> {
  return STRING
}

const STRING: Codec<string> = {
  name: 'string',
  fingerprint: 'string:1',

  decode(bytes: Uint8Array, start: number, end: number): string {
    const text = decodeUtf8(bytes, start, end)
    if (text === undefined)
      throw new CodecError('DECODE_FAILED', 'found bytes that are not UTF-8; expected text')
    return text
  },

  encode(value: string, into: ByteWriter): void {
    if (typeof value !== 'string') {
      throw new CodecError('ENCODE_FAILED', `found ${typeOf(value)}; expected a string`)
    }
    if (!value.isWellFormed()) {
      throw new CodecError('ENCODE_FAILED', 'found a string with a lone surrogate, which UTF-8 cannot hold')
    }
    into.writeUtf8(value)
  },
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
