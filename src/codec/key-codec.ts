/** Keys as bytes that keep their types, for state and changelogs. */
import { CodecError, describeValue } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import { isKey, type Key, type KeyPart } from './key.ts'
import { msgpack } from './msgpack.ts'

const keyCodec = msgpack<unknown>()

/**
 * Appends a key so that `decodeKey` restores it with its types (as msgpack). Equal keys have equal
 * bytes, so these can name a key in a changelog.
 */
export function encodeKeyCompact(key: Key, into: ByteWriter): void {
  keyCodec.encode(typeof key === 'object' ? key.map(withoutNegativeZero) : withoutNegativeZero(key), into)
}

/** Reads the key that `encodeKeyCompact` wrote into `bytes[start, end)`. */
export function decodeKey(bytes: Uint8Array, start: number, end: number): Key {
  const key = keyCodec.decode(bytes, start, end)
  if (isKey(key)) return key
  throw new CodecError(
    'DECODE_FAILED',
    `found ${describeValue(key)}; expected a key: a string, finite number, boolean, bigint or a tuple of these`,
  )
}

function withoutNegativeZero(part: KeyPart): KeyPart {
  return part === 0 ? 0 : part
}
