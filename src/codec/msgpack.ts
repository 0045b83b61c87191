/**
 * The codec for everything that Sluice writes for itself (repartition topics, changelogs, snapshots),
 * and for users who want JavaScript values back as they were.
 *
 * Invariant: a value either comes back equal or is refused when it is written. What plain msgpack
 * cannot say travels as extensions, see `msgpack-format.ts`.
 */
import { CodecError, messageOf } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { MsgpackReader } from './msgpack-read.ts'
import { findRefused } from './msgpack-refused.ts'
import { writeMsgpack } from './msgpack-write.ts'

/**
 * Values as MessagePack, without loss: null and `undefined`, booleans, numbers (`NaN`, infinities
 * and `-0` too), bigints of any size, strings, `Uint8Array`, `Date`, arrays, plain objects, `Map` and
 * `Set`, nested up to 500 deep. An integer of 64 bits that somebody else wrote comes as a bigint where a
 * number cannot hold it. Refuses class instances, functions, symbols, other binary views and
 * invalid dates, naming the place. A `Buffer` comes back as a `Uint8Array`, an object without a
 * prototype as a plain object; properties with symbol keys are not data and are left out.
 */
export function msgpack<T>(): Codec<T> {
  return MSGPACK as Codec<T>
}

const reader = new MsgpackReader()

const MSGPACK: Codec<unknown> = {
  name: 'msgpack',
  fingerprint: 'msgpack:2',

  decode(bytes: Uint8Array, start: number, end: number): unknown {
    try {
      return reader.read(bytes, start, end)
    } catch (thrown) {
      throw new CodecError('DECODE_FAILED', `not MessagePack: ${messageOf(thrown)}`, { cause: thrown })
    }
  },

  encode(value: unknown, into: ByteWriter): void {
    try {
      writeMsgpack(value, into)
    } catch (thrown) {
      throw new CodecError('ENCODE_FAILED', findRefused(value) ?? messageOf(thrown), { cause: thrown })
    }
  },
}
