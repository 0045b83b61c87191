import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from '../codec/index.ts'
import { BatchBuilder, BatchCursor, type EncodedBatch, type Headers } from './record-batch.ts'

interface Record {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: Headers
}

const bytes = fc.uint8Array({ maxLength: 300 })
const orNull = fc.option(bytes)
const record: fc.Arbitrary<Record> = fc.record({
  key: orNull,
  value: orNull,
  timestamp: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(2 ** 52, -(2 ** 52), 0)),
  headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), orNull), { maxLength: 3 }),
})

test('records come back as they were appended', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 30 }), records => {
      assert.deepEqual(
        decoded(encoded(records), 7),
        records.map((each, index) => ({ ...each, offset: 7 + index })),
      )
    }),
  )
})

test('records around gaps keep their offsets, and are read from any position', () => {
  const parts = fc.array(fc.oneof(record, fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(parts, fc.nat(40), (given, ahead) => {
      const builder = new BatchBuilder()
      const expected: (Record & { readonly offset: number })[] = []
      for (const [index, part] of given.entries()) {
        const offset = 7 + builder.count
        if (typeof part !== 'number') {
          builder.append(part.key, part.value, part.timestamp, part.headers)
          expected.push({ ...part, offset })
        } else if (typeof given[index - 1] !== 'number') builder.gap(part)
      }
      const batch = builder.build() ?? assert.fail('nothing was built')
      assert.deepEqual(decoded(batch, 7), expected)
      const from = 7 + ahead
      assert.deepEqual(
        decoded(batch, 7, from),
        expected.filter(({ offset }) => offset >= from),
      )
    }),
  )
})

test('a gap that is longer than its batch is corrupt', () => {
  const builder = new BatchBuilder()
  builder.append(null, null, 1)
  builder.gap(5)
  const batch = builder.build() ?? assert.fail('nothing was built')
  assert.deepEqual([batch.count, decoded(batch, 0).length], [6, 1])
  assert.throws(() => decoded({ ...batch, count: 5 }, 0), { code: 'BROKER_CORRUPT' })
})

test('the largest timestamp is known without reading', () => {
  const batch = encoded([5, 9, -3].map(timestamp => ({ key: null, value: null, timestamp, headers: [] })))
  assert.deepEqual([batch.count, batch.maxTimestamp], [3, 9])
})

test('a value that was just encoded is appended as its bytes', () => {
  const writer = new ByteWriter()
  writer.writeUtf8('written')
  const builder = new BatchBuilder()
  builder.appendWritten(Buffer.from('k'), writer, 1)
  const [only] = decoded(builder.build() ?? assert.fail('nothing was built'), 0)
  assert.deepEqual(
    [only?.key, only?.value].map(part => Buffer.from(part ?? []).toString()),
    ['k', 'written'],
  )
})

test('a builder is empty after building, and keeps what it built', () => {
  const builder = new BatchBuilder()
  assert.equal(builder.build(), undefined)
  builder.append(null, Buffer.from('first'), 1)
  const first = builder.build() ?? assert.fail('nothing was built')
  assert.deepEqual([builder.count, builder.length, builder.build()], [0, 0, undefined])
  builder.append(null, Buffer.from('other'), 2)
  builder.clear()
  assert.equal(builder.build(), undefined)
  assert.equal(Buffer.from(decoded(first, 0)[0]?.value ?? []).toString(), 'first')
})

test('the headers may be read before and after the value, or not at all', () => {
  const headers: Headers = [
    ['a', Buffer.from('1')],
    ['b', null],
  ]
  const batch = encoded([1, 2].map(timestamp => ({ key: null, value: Buffer.from('v'), timestamp, headers })))
  const cursor = loaded(batch, 0)
  assert.equal(cursor.next(), true)
  assert.deepEqual([cursor.headers(), cursor.value()?.toString(), cursor.headers()], [headers, 'v', headers])
  assert.equal(cursor.next(), true)
  assert.deepEqual([cursor.timestamp, cursor.remaining, cursor.next()], [2, 0, false])
})

test('a batch cut off anywhere is corrupt, never read beyond its end', () => {
  const records = [1, 2 ** 53 - 1].map(timestamp => ({
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    timestamp,
    headers: [['h', Buffer.from('x')]] as Headers,
  }))
  const whole = encoded(records)
  for (let length = 0; length < whole.bytes.length; length++) {
    const cut = { ...whole, bytes: whole.bytes.subarray(0, length) }
    assert.throws(() => decoded(cut, 0), { code: 'BROKER_CORRUPT' }, `cut to ${length} bytes`)
  }
})

function encoded(records: readonly Record[]): EncodedBatch {
  const builder = new BatchBuilder()
  for (const { key, value, timestamp, headers } of records) builder.append(key, value, timestamp, headers)
  return builder.build() ?? assert.fail('nothing was built')
}

function loaded(batch: EncodedBatch, baseOffset: number, from = baseOffset): BatchCursor {
  const cursor = new BatchCursor()
  cursor.load({ ...batch, baseOffset, from, appendTime: undefined })
  return cursor
}

function decoded(
  batch: EncodedBatch,
  baseOffset: number,
  from = baseOffset,
): readonly (Record & { readonly offset: number })[] {
  const cursor = loaded(batch, baseOffset, from)
  const records: (Record & { readonly offset: number })[] = []
  while (cursor.next()) {
    const headers = cursor.headers().map(([name, value]): [string, Uint8Array | null] => [name, plain(value)])
    const { offset, timestamp } = cursor
    records.push({ key: plain(cursor.key()), value: plain(cursor.value()), timestamp, headers, offset })
  }
  return records
}

/** Deep equality tells a Buffer from a Uint8Array. */
function plain(buffer: Uint8Array | null): Uint8Array | null {
  return buffer === null ? null : new Uint8Array(buffer)
}
