/**
 * The codec for everything that Sluice writes for itself (repartition topics, changelogs, snapshots),
 * and for users who want JavaScript values back as they were.
 *
 * Invariant: a value either comes back equal or is refused when it is written. What plain msgpack
 * cannot say travels as extensions, see `msgpack-extensions.ts`.
 */
import { CodecError, messageOf } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { decodeExtended, encodeExtended } from './msgpack-extensions.ts'
import { findRefused } from './msgpack-refused.ts'
import { scanMsgpack } from './msgpack-scan.ts'

/**
 * Values as MessagePack, without loss: null and `undefined`, booleans, numbers (`NaN`, infinities
 * and `-0` too), bigints of any size, strings, `Uint8Array`, `Date`, arrays, plain objects, `Map` and
 * `Set`, nested up to 500 deep. Refuses class instances, functions, symbols, other binary views and
 * invalid dates, naming the place. A `Buffer` comes back as a `Uint8Array`, an object without a
 * prototype as a plain object; properties with symbol keys are not data and are left out.
 */
export function msgpack<T>(): Codec<T> {
  return MSGPACK as Codec<T>
}

const MSGPACK: Codec<unknown> = {
  name: 'msgpack',
  fingerprint: 'msgpack:1',

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    try {
      // Decoded byte arrays are views of what the decoder was given: then they get a copy of their own.
      const mayHoldByteArrays = scanMsgpack(bytes, start, end)
      const input = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
      return decodeExtended(mayHoldByteArrays ? new Uint8Array(input) : input)
    } catch (thrown) {
      throw new CodecError('DECODE_FAILED', `not MessagePack: ${messageOf(thrown)}`, { cause: thrown })
    }
  },

  encode(value: unknown, into: ByteWriter): void {
    let bytes: Uint8Array
    try {
      bytes = encodeExtended(value)
    } catch (thrown) {
      throw new CodecError('ENCODE_FAILED', findRefused(value) ?? messageOf(thrown), { cause: thrown })
    }
    into.writeBytes(bytes)
  },
}
