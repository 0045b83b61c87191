import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { murmur2, murmur2OfAscii, shardOf } from './murmur2.ts'

/** From Kafka's own `UtilsTest.testMurmur2`. */
const KAFKA_VECTORS: readonly (readonly [text: string, hash: number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
]

for (const [text, hash] of KAFKA_VECTORS) {
  test(`murmur2 of "${text}" is what Kafka computes`, () => {
    assert.equal(murmur2(Buffer.from(text)), hash)
    assert.equal(murmur2OfAscii(text), hash)
  })
}

test('hashing ASCII from its characters gives the hash of its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 40 }), text => {
      assert.equal(murmur2OfAscii(text), murmur2(Buffer.from(text)))
    }),
  )
})

test('text with a character beyond ASCII is not hashed from its characters', () => {
  for (const text of ['é', 'abcé', 'éabcd', 'abcdabc\u{1f600}']) assert.equal(murmur2OfAscii(text), undefined)
})

test('a shard is never negative, whatever the sign of the hash', () => {
  assert.equal(shardOf(Buffer.from('21'), 10), (-973932308 & 0x7fffffff) % 10)
  assert.equal(shardOf(new Uint8Array(0), 7), (murmur2(new Uint8Array(0)) & 0x7fffffff) % 7)
})
