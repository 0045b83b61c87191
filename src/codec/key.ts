/**
 * Keys: what they may be, their bytes in a record, their shard, and their identity in state.
 *
 * Invariant: keys that are equal in state (`mapKey`) have the same bytes and hence the same shard.
 * The converse does not hold: `1` and `'1'` share bytes and shard, but are two keys in state.
 */
import { murmur2, murmur2OfAscii, shardOfHash } from './murmur2.ts'

/** A key on its own, or one part of a tuple. Numbers are finite. */
export type KeyPart = string | number | boolean | bigint

/** What elements can be keyed by: a scalar, or a tuple of scalars such as `[country, product]`. */
export type Key = KeyPart | readonly KeyPart[]

/** Whether `value` may be a key: no `NaN`, infinity, `null`, `undefined`, object or nested tuple. */
export function isKey(value: unknown): value is Key {
  if (!Array.isArray(value)) return isKeyPart(value)
  for (const part of value as readonly unknown[]) {
    if (!isKeyPart(part)) return false
  }
  return true
}

/**
 * The bytes of a key in a record: UTF-8 for a string, else its JSON text, bigints as their digits.
 * Lone surrogates in strings become U+FFFD.
 */
export function keyBytes(key: Key): Buffer {
  return Buffer.from(keyText(key))
}

/** The shard of a key among `shards`, the same as `shardOf(keyBytes(key), shards)` but faster. */
export function shardOfKey(key: Key, shards: number): number {
  return shardOfHash(hashOfKey(key), shards)
}

/** A number of 32 bits that is the same for equal keys, everywhere and always. */
export function hashOfKey(key: Key): number {
  const text = keyText(key)
  return murmur2OfAscii(text) ?? murmur2(new TextEncoder().encode(text))
}

function isKeyPart(value: unknown): value is KeyPart {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return true
    case 'number':
      return Number.isFinite(value)
    default:
      return false
  }
}

/** The text of a key in a record. */
export function keyText(key: Key): string {
  if (typeof key === 'string') return key
  if (typeof key !== 'object') return partText(key)
  return `[${key.map(partText).join(',')}]`
}

/** JSON text; `String(-0)` is `0`, as in JSON. */
function partText(part: KeyPart): string {
  return typeof part === 'string' ? JSON.stringify(part) : String(part)
}
