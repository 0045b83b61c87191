import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import { bytes } from './bytes.ts'
import { string } from './string.ts'

test('text comes back as it was, a byte order mark included', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ufeffa', '\ufffd', '')), text => {
      const into = new ByteWriter()
      string().encode(text, into)
      const written = into.toBytes()
      assert.equal(string().decode(written, 0, written.length), text)
      assert.equal(string().decode(new Uint8Array(written), 0, written.length), text)
    }),
  )
})

test('bytes that are not UTF-8 are refused', () => {
  for (const invalid of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0x61, 0x80]]) {
    const input = Uint8Array.from([0x61, ...invalid, 0x61])
    assert.throws(() => string().decode(input, 1, input.length - 1), {
      code: 'DECODE_FAILED',
      message: /not UTF-8/,
    })
  }
})

test('what is no string, or has no UTF-8, cannot be written', () => {
  for (const value of [1, null, undefined, '\ud800', 'a\udc00b']) {
    assert.throws(() => string().encode(value as string, new ByteWriter()), {
      code: 'ENCODE_FAILED',
      message: /found/,
    })
  }
})

test('bytes are copied out of the record', () => {
  for (const input of [Buffer.of(1, 2, 3, 4), Uint8Array.of(1, 2, 3, 4)]) {
    const value = bytes().decode(input, 1, 3)
    input.fill(0)
    assert.deepEqual(value, Uint8Array.of(2, 3))
  }
})

test('bytes are written as they are', () => {
  const into = new ByteWriter()
  bytes().encode(Uint8Array.of(7, 8), into)
  assert.deepEqual(into.toBytes(), Buffer.of(7, 8))
})

test('what is not a byte array cannot be written as bytes', () => {
  assert.throws(() => bytes().encode('a' as unknown as Uint8Array, new ByteWriter()), {
    code: 'ENCODE_FAILED',
  })
})
