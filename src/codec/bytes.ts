/** The codec of raw bytes: what is in the record, unchanged. */
import { CodecError, describeValue } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'

/** Raw bytes. A decoded value is a copy, so it stays as it is when the record's memory is reused. */
export function bytes(): Codec<Uint8Array> {
  return BYTES
}

const BYTES: Codec<Uint8Array> = {
  name: 'bytes',
  fingerprint: 'bytes:1',

  decode(input: Uint8Array, start: number, end: number): Uint8Array {
    // `slice` of a Buffer would share its memory
    return new Uint8Array(input.subarray(start, end))
  },

  encode(value: Uint8Array, into: ByteWriter): void {
    if (!(value instanceof Uint8Array)) {
      throw new CodecError('ENCODE_FAILED', `found ${describeValue(value)}; expected a Uint8Array`)
    }
    into.writeBytes(value)
  },
}
