/** Everything that reads bytes which somebody else may have written or damaged. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { BatchBuilder, BatchCursor } from '../../src/broker/index.ts'
import {
  ByteWriter,
  bytes,
  type Codec,
  csv,
  decodeKey,
  encodeKeyCompact,
  json,
  lines,
  msgpack,
  string,
} from '../../src/codec/index.ts'
import { ChunkReader, ChunkWriter } from '../../src/engine/exchange-chunk.ts'
import { decodeProgress, encodeProgress } from '../../src/engine/index.ts'
import { CodecError } from '../../src/errors.ts'
import { newContext } from '../../src/graph/index.ts'
import { ShardState } from '../../src/state/index.ts'
import type { Decoder } from './check-decoder.ts'

const READINGS = [
  { sensor: 'attic', time: 1_767_225_600_500, value: 21.5, unit: 'C', tags: ['a', 'é'] },
  { sensor: 'a "quoted", one', time: 0, value: -1e-7, tags: [] },
]
const VALUES = [
  ...READINGS,
  null,
  undefined,
  [
    undefined,
    -0,
    Number.NaN,
    1n,
    2n ** 70n,
    new Date(0),
    new Map([['a', new Set([1])]]),
    Uint8Array.of(1, 2),
  ],
  { deep: { deeper: { text: 'x'.repeat(100), list: Array.from({ length: 30 }, (_, n) => n * 1e6) } } },
]

/** All decoders, each with the errors that it may throw. */
export const DECODERS: readonly Decoder[] = [
  codecUnderTest('json()', json(), [...READINGS, null, 'text', [1, [2]]]),
  codecUnderTest(
    'json({ … }) of a flat object',
    json({ sensor: 'string', time: 'integer', value: 'number', unit: 'string|null?' }),
    READINGS,
  ),
  codecUnderTest(
    'json({ … }) of a nested object',
    json({ sensor: 'string', tags: ['string'], more: 'number?' }),
    READINGS,
  ),
  codecUnderTest('json of a zod schema', json(z.object({ sensor: z.string(), value: z.number() })), READINGS),
  codecUnderTest(
    'csv',
    csv({ sensor: 'string', time: 'integer', value: 'number', unit: 'string?' }),
    READINGS,
  ),
  codecUnderTest('lines of strings', lines(), [['a', '', 'é'], []]),
  codecUnderTest('lines of csv', lines(csv({ sensor: 'string', value: 'number' })), [READINGS]),
  codecUnderTest('string', string(), ['', 'text', 'zürich 🔑']),
  codecUnderTest('bytes', bytes(), [Uint8Array.of(), Uint8Array.of(0, 255)]),
  codecUnderTest('msgpack', msgpack(), VALUES),
  {
    name: 'keys',
    seeds: ['a', 1, -1.5, true, 2n ** 65n, ['a', 1], []].map(key =>
      written(into => encodeKeyCompact(key, into)),
    ),
    codes: ['DECODE_FAILED'],
    decode: decodeKey,
  },
  { name: 'record batches', seeds: batches(), codes: ['BROKER_CORRUPT'], decode: readBatch },
  { name: 'chunks of exchanges', seeds: chunks(), codes: ['DECODE_FAILED'], decode: readChunk },
  {
    name: 'progress',
    seeds: [
      Buffer.from(
        encodeProgress({
          version: 1,
          lanes: { time: 5 },
          channels: [],
          inFlight: [],
        }),
      ),
    ],
    codes: ['DECODE_FAILED', 'STATE_MISMATCH', 'STATE_CORRUPT'],
    decode: (input, start, end) => void decodeProgress(input.subarray(start, end)),
  },
  {
    name: 'changelogs',
    seeds: changelogs(),
    codes: ['DECODE_FAILED', 'STATE_CORRUPT', 'BROKER_CORRUPT'],
    decode: applyChanges,
  },
]

/** A codec also has to write what it has read, and to read that as the same. */
function codecUnderTest<T>(name: string, codec: Codec<T>, values: readonly NoInfer<T>[]): Decoder {
  const again = new ByteWriter()
  return {
    name,
    seeds: values.map(value => written(into => codec.encode(value, into))),
    codes: ['DECODE_FAILED'],
    decode(input, start, end) {
      const value = codec.decode(input, start, end)
      again.clear()
      try {
        codec.encode(value, again)
      } catch (thrown) {
        // JSON reads numbers as infinities and MessagePack dates that are none; both may not be written
        if (thrown instanceof CodecError && thrown.code === 'ENCODE_FAILED') return
        throw thrown
      }
      const second = codec.decode(again.buffer, 0, again.length)
      if (name === 'msgpack') assert.deepEqual(second, value)
      else assert.equal(JSON.stringify(second), JSON.stringify(value))
    },
  }
}

function readBatch(input: Buffer, start: number, end: number): void {
  const [count = 0] = input.subarray(start, start + 1)
  const cursor = new BatchCursor()
  cursor.load({ baseOffset: 0, count, maxTimestamp: 0, appendTime: 0, bytes: input.subarray(start + 1, end) })
  let total = 0
  while (cursor.next()) {
    total += (cursor.key()?.length ?? 0) + (cursor.value()?.length ?? 0)
    for (const [name, value] of cursor.headers()) total += Buffer.byteLength(name) + (value?.length ?? 0)
    assert.ok(cursor.valueEnd <= cursor.bytes.length && cursor.keyEnd <= cursor.bytes.length)
  }
  // an invalid byte of a header's name becomes three of U+FFFD
  assert.ok(total <= 3 * (end - start), `${total} bytes came out of ${end - start}`)
}

/** The first byte is the number of records, which the log knows apart from the batch. */
function batches(): readonly Buffer[] {
  const builder = new BatchBuilder()
  builder.append(Buffer.from('attic'), Buffer.from('{"value":1}'), 1_767_225_600_500)
  builder.append(null, null, -5)
  builder.append(Buffer.from(''), Buffer.from('x'.repeat(200)), Number.MAX_SAFE_INTEGER, [
    ['a', Buffer.from('1')],
    ['é', null],
  ])
  builder.gap(40)
  const batch = builder.build()
  if (batch === undefined) throw new Error('no batch was built')
  return [Buffer.concat([Buffer.of(batch.count), batch.bytes]), Buffer.of(0)]
}

function readChunk(input: Buffer, start: number, end: number): void {
  const chunk = new ChunkReader(input, start, end)
  const context = newContext()
  while (chunk.hasNext) {
    if (chunk.kind === 'elements') chunk.nextElement(context)
    else chunk.nextPartial(context)
  }
}

function chunks(): readonly Buffer[] {
  const mark = { watermark: 4711, idle: true, idleAt: 5, endedRun: 3 }
  const elements = new ChunkWriter('elements')
  for (const value of VALUES) {
    const origin = { topic: 'readings', partition: 1 }
    elements.addElement('attic', value, { ...newContext(), time: 5, timestamp: 7, offset: 9, origin })
    elements.addElement([1, true], value, { ...newContext(), origin })
  }
  const partials = new ChunkWriter('partials')
  partials.addPartial('attic', { window: 5000, count: 3, state: [1, 2] })
  return [elements, partials].map(writer => written(into => writer.finish('readings/3', mark, into)))
}

/** Key and value of one change record, divided by the first byte. */
function changelogs(): readonly Buffer[] {
  const keys = [
    ['sums', 5, 'attic'],
    ['sums', 5],
    ['sums', 7, [1, 'a']],
  ]
  return keys.map(key => {
    const keyBytes = written(into => msgpack().encode(key, into))
    return Buffer.concat([
      Buffer.of(keyBytes.length),
      keyBytes,
      written(into => msgpack().encode([1, 2], into)),
    ])
  })
}

function applyChanges(input: Buffer, start: number, end: number): void {
  const [length = 0] = input.subarray(start, start + 1)
  const split = Math.min(start + 1 + length, end)
  const builder = new BatchBuilder()
  builder.append(input.subarray(start + 1, split), end > split ? input.subarray(split, end) : null, 0)
  const batch = builder.build()
  if (batch === undefined) throw new Error('no batch was built')
  const state = new ShardState()
  state.keyed('sums', { encode: (value: unknown) => value, decode: (wire: unknown) => wire })
  const cursor = new BatchCursor()
  cursor.load({ ...batch, baseOffset: 0, appendTime: undefined })
  while (cursor.next()) state.apply(cursor)
}

function written(write: (into: ByteWriter) => void): Buffer {
  const into = new ByteWriter()
  write(into)
  return into.toBytes()
}
