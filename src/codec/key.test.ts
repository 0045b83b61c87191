import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import { isKey, type Key, type KeyPart, keyBytes, shardOfKey } from './key.ts'
import { decodeKey, encodeKeyCompact } from './key-codec.ts'
import { KeyMap } from './key-map.ts'
import { shardOf } from './murmur2.ts'

const keyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\u0000', '\u0000[', '\u0000"', '1', 'true', 'n1,'),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.bigInt(),
)
const anyKey: fc.Arbitrary<Key> = fc.oneof(keyPart, fc.array(keyPart, { maxLength: 3 }))

test('scalars and tuples of scalars are keys', () => {
  for (const key of ['', 'a', 0, -1.5, true, false, 0n, [], ['a', 1, true, 2n]]) assert.ok(isKey(key))
})

test('nothing else is a key', () => {
  const holes = new Array<string>(1)
  const others = [
    undefined,
    null,
    Number.NaN,
    Infinity,
    {},
    [['a']],
    [null],
    [Number.NaN],
    holes,
    Symbol('a'),
    () => 1,
  ]
  for (const other of others) assert.ok(!isKey(other))
})

test('the bytes of a string key are its UTF-8', () => {
  assert.deepEqual(keyBytes('zürich'), Buffer.from('zürich'))
})

test('the bytes of other keys are their JSON text, bigints as digits', () => {
  const texts = [1, -0, 1e21, 2.5, true, 12345678901234567890n, ['a"b', 1, false, 7n], []].map(key =>
    String(keyBytes(key)),
  )
  assert.deepEqual(texts, [
    '1',
    '0',
    '1e+21',
    '2.5',
    'true',
    '12345678901234567890',
    '["a\\"b",1,false,7]',
    '[]',
  ])
})

test('the shard of a key is the shard of its bytes', () => {
  fc.assert(
    fc.property(anyKey, fc.integer({ min: 1, max: 1000 }), (key, shards) => {
      assert.equal(shardOfKey(key, shards), shardOf(keyBytes(key), shards))
    }),
  )
})

test('a key comes back from its compact bytes with its types', () => {
  fc.assert(
    fc.property(anyKey, key => {
      const bytes = compact(key)
      const read = decodeKey(bytes, 0, bytes.length)
      // As a KeyMap sees it: -0 is 0.
      const found = new KeyMap<boolean>()
      found.set(key, true)
      assert.equal(found.get(read), true)
    }),
  )
})

test('equal keys have equal compact bytes', () => {
  assert.deepEqual(compact(-0), compact(0))
  assert.deepEqual(compact(['a', -0]), compact(['a', 0]))
})

test('compact bytes of something that is no key are refused', () => {
  assert.throws(() => decodeKey(Uint8Array.of(0xc0), 0, 1), {
    code: 'DECODE_FAILED',
    message: /found null; expected a key/,
  })
})

function compact(key: Key): Buffer {
  const into = new ByteWriter()
  encodeKeyCompact(key, into)
  return into.toBytes()
}
