import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ByteWriter, type Key } from '../codec/index.ts'
import { type Context, newContext } from '../graph/index.ts'
import { ChunkReader, ChunkWriter } from './exchange-chunk.ts'

const MARK = { watermark: 4711, idle: false, idleAt: -1, endedRun: 0 }
const origins = [
  { topic: 'readings', partition: 0 },
  { topic: 'readings', partition: 7 },
  { topic: '', partition: 0 },
]

const time = fc.integer({ min: -(2 ** 50), max: 2 ** 50 })
const keyPart = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => n + 0),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
)
const key: fc.Arbitrary<Key> = fc.oneof(keyPart, fc.array(keyPart, { maxLength: 3 }))

const element = fc.record(
  {
    key,
    value: fc.oneof(fc.jsonValue({ maxDepth: 2 }).filter(isPlain), fc.uint8Array()),
    time,
    timestamp: time,
    entryWatermark: fc.oneof(time, fc.constant(Number.NEGATIVE_INFINITY)),
    origin: fc.constantFrom(...origins),
    offset: fc.integer({ min: -1, max: 2 ** 40 }),
    index: fc.nat(100),
  },
  { noNullPrototype: true },
)

function bytesOf(writer: ChunkWriter, mark = MARK): ByteWriter {
  const bytes = new ByteWriter()
  writer.finish('readings/3', mark, bytes)
  return bytes
}

test('elements arrive with their keys, values, times and origins', () => {
  fc.assert(
    fc.property(fc.array(element, { maxLength: 12 }), elements => {
      const writer = new ChunkWriter('elements')
      for (const each of elements) writer.addElement(each.key, each.value, { ...newContext(), ...each })
      const bytes = bytesOf(writer)
      const reader = new ChunkReader(bytes.buffer, 0, bytes.length)
      const context = newContext()
      const read = elements.map(() => {
        assert.ok(reader.hasNext)
        const value = reader.nextElement(context)
        return elementOf(context, value)
      })
      assert.equal(reader.hasNext, false)
      assert.deepEqual(read, elements)
    }),
    { numRuns: 300 },
  )
})

test('partials arrive with their keys, windows, counts and states', () => {
  const partial = fc.record(
    { key, window: time, count: fc.nat(), state: fc.array(fc.integer()) },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(partial, { maxLength: 8 }), partials => {
      const writer = new ChunkWriter('partials')
      for (const { key: of, ...rest } of partials) writer.addPartial(of, rest)
      const bytes = bytesOf(writer)
      const reader = new ChunkReader(bytes.buffer, 0, bytes.length)
      const context = newContext()
      const read = partials.map(() => {
        const next = reader.nextPartial(context)
        return { key: context.key, ...next }
      })
      assert.deepEqual(read, partials)
    }),
  )
})

for (const mark of [
  MARK,
  { watermark: Number.NEGATIVE_INFINITY, idle: true, idleAt: 77, endedRun: 0 },
  { watermark: -5, idle: false, idleAt: -1, endedRun: 12 },
]) {
  test(`a chunk without rows carries the mark ${JSON.stringify(mark)}`, () => {
    const bytes = bytesOf(new ChunkWriter('elements'), mark)
    const reader = new ChunkReader(bytes.buffer, 0, bytes.length)
    assert.deepEqual(
      [reader.kind, reader.channel, reader.mark, reader.hasNext],
      ['elements', 'readings/3', mark, false],
    )
  })
}

test('a value that cannot travel adds nothing, and what follows is right', () => {
  const writer = new ChunkWriter('elements')
  assert.throws(() => writer.addElement('a', () => 1, newContext()), { code: 'ENCODE_FAILED' })
  writer.addElement('b', 2, newContext())
  const bytes = bytesOf(writer)
  const reader = new ChunkReader(bytes.buffer, 0, bytes.length)
  const context = newContext()
  assert.deepEqual([reader.nextElement(context), context.key, reader.hasNext], [2, 'b', false])
})

test('a writer that has finished starts over', () => {
  const writer = new ChunkWriter('elements')
  writer.addElement('a', 1, { ...newContext(), time: 1000, offset: 50, origin: origins[1]! })
  bytesOf(writer)
  writer.addElement('b', 2, { ...newContext(), time: 7, offset: 3, origin: origins[0]! })
  const bytes = bytesOf(writer)
  const context = newContext()
  new ChunkReader(bytes.buffer, 0, bytes.length).nextElement(context)
  assert.deepEqual([context.time, context.offset, context.origin], [7, 3, origins[0]])
})

test('an element costs a few bytes more than its value and key', () => {
  const writer = new ChunkWriter('elements')
  const context = {
    ...newContext(),
    origin: origins[0]!,
    time: 1_700_000_000_000,
    timestamp: 1_700_000_000_000,
    entryWatermark: 1_699_999_999_000,
  }
  writer.addElement('key', 1, context)
  const first = writer.length
  writer.addElement('key', 1, { ...context, time: context.time + 5, timestamp: context.time + 5, offset: 1 })
  assert.ok(writer.length - first <= 'key'.length + 1 + 10, `${writer.length - first} bytes`)
})

test('bytes that are no chunk are refused', () => {
  assert.throws(() => new ChunkReader(Buffer.from([9, 0]), 0, 2), { code: 'DECODE_FAILED' })
})

function elementOf(context: Context, value: unknown) {
  const { key: of, time: at, timestamp, entryWatermark, origin, offset, index } = context
  return { key: of, value, time: at, timestamp, entryWatermark, origin, offset, index }
}

/** Msgpack has no minus zero for whole numbers, and objects come back with the usual prototype. */
function isPlain(value: unknown): boolean {
  return !JSON.stringify(value).includes('__proto__') && !containsMinusZero(value)
}

function containsMinusZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, -0)
  return Object.values(value).some(containsMinusZero)
}
