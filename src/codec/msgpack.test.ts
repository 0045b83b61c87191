import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as others from '@msgpack/msgpack'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import { msgpack } from './msgpack.ts'

const codec = msgpack<unknown>()

function written(value: unknown): Buffer {
  const into = new ByteWriter()
  into.writeByte(0xff)
  codec.encode(value, into)
  return into.toBytes().subarray(1)
}

function roundTrip(value: unknown): unknown {
  const bytes = written(value)
  const value2 = codec.decode(Buffer.concat([Buffer.of(1, 2), bytes, Buffer.of(3)]), 2, 2 + bytes.length)
  return value2
}

const VALUES: readonly unknown[] = [
  null,
  undefined,
  true,
  false,
  '',
  'a',
  'ü€\u{1f600}',
  0,
  -0,
  1,
  -1,
  0.1,
  2 ** 53,
  -(2 ** 53) - 2,
  1.7e12,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MIN_VALUE,
  0n,
  1n,
  -1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n,
  2n ** 64n,
  -(2n ** 200n),
  new Date(0),
  new Date(-1),
  new Date(1.7e12 + 1),
  new Date(8.64e15),
  new Date(-8.64e15),
  new Uint8Array([1, 2, 3]),
  [],
  [undefined, null, [-0]],
  {},
  { a: undefined, b: null, c: { d: undefined } },
  new Map<unknown, unknown>([
    ['a', 1],
    [1, undefined],
    [{ k: 1n }, new Map()],
  ]),
  new Set([1, '1', undefined, -1n]),
  new Map(),
  new Set(),
  { list: [1n, { x: new Date(5) }], toString: 1, constructor: 'c' },
  JSON.parse('{"__proto__":{"a":1},"b":2}'),
  '\ud800',
  `${'x'.repeat(60)}\udc00`,
  { [`${'y'.repeat(60)}\ud800`]: 1 },
  `\ufeff${'bom'.repeat(100)}`,
  { [`\ufeff${'k'.repeat(300)}`]: [] },
  'z'.repeat(70_000),
  Array.from({ length: 70_000 }, (_, at) => at),
]

for (const [at, value] of VALUES.entries()) {
  test(`value ${at} comes back equal`, () => assert.deepEqual(roundTrip(value), value))
}

test('any value of the supported kinds comes back equal', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true })
  const supported = anything.map(value => withoutInvalidDates(value))
  fc.assert(
    fc.property(supported, value => assert.deepEqual(roundTrip(value), value)),
    { numRuns: 500 },
  )
})

test('a hole in an array comes back as undefined', () => {
  assert.deepEqual(roundTrip(new Array(2)), [undefined, undefined])
})

test('a Buffer comes back as a Uint8Array', () => {
  assert.deepEqual(roundTrip(Buffer.of(1, 2)), new Uint8Array([1, 2]))
})

test('decoded byte arrays do not share memory with the input', () => {
  const input = written({ a: new Uint8Array([1, 2, 3]) })
  const value = codec.decode(input, 0, input.length)
  input.fill(0)
  assert.deepEqual(value, { a: new Uint8Array([1, 2, 3]) })
})

class Point {
  readonly x = 1
}

const REFUSED: readonly (readonly [name: string, value: unknown, message: RegExp])[] = [
  ['a function', () => 1, /cannot write a function as MessagePack/],
  ['a symbol', { a: { b: Symbol('s') } }, /cannot write a symbol at \.a\.b as MessagePack/],
  ['a class instance', [0, { p: new Point() }], /an instance of Point .* at \[1\]\.p as/],
  [
    'a class instance in a Map',
    { m: new Map([['k', new Point()]]) },
    /instance of Point .* at \.m\.get\("k"\)/,
  ],
  ['a class instance in a Set', new Set([new Point()]), /instance of Point .* at <member>/],
  ['a subclass of Map', { m: new (class Sub extends Map {})() }, /instance of Sub/],
  ['another binary view', [new Float64Array(1)], /instance of Float64Array .* at \[0\]/],
  ['an ArrayBuffer', new ArrayBuffer(1), /instance of ArrayBuffer/],
  ['an invalid date', { d: new Date(Number.NaN) }, /an invalid date at \.d/],
  ['a promise beside undefined', { u: undefined, p: Promise.resolve() }, /instance of Promise .* at \.p/],
]

for (const [name, value, message] of REFUSED) {
  test(`${name} is refused with its place`, () => {
    assert.throws(() => written(value), { code: 'ENCODE_FAILED', message })
  })
}

test('a value that contains itself is refused', () => {
  const plain: Record<string, unknown> = {}
  plain['self'] = plain
  const extended: Record<string, unknown> = { u: undefined }
  extended['self'] = extended
  for (const value of [plain, extended]) {
    assert.throws(() => written(value), {
      code: 'ENCODE_FAILED',
      message: /nested deeper than 500, or one that contains itself/,
    })
  }
})

test('a value nested 400 deep comes back', () => {
  let value: unknown = 1
  for (let depth = 0; depth < 400; depth++) value = depth % 2 === 0 ? { v: value } : [value]
  assert.deepEqual(roundTrip(value), value)
})

test('a getter that encodes in the middle of an encoding disturbs nothing', () => {
  const inner = { n: 2, u: undefined }
  const value = {
    before: [1, 2, 3],
    get nested() {
      return roundTrip(inner)
    },
    after: 'z',
  }
  assert.deepEqual(roundTrip(value), { before: [1, 2, 3], nested: inner, after: 'z' })
})

test('an encoding that failed leaves the codec usable', () => {
  assert.throws(() => written([undefined, [() => 1]]))
  assert.deepEqual(roundTrip([undefined, 1]), [undefined, 1])
})

test('every truncation and every trailing byte is refused', () => {
  for (const value of [
    { a: [1, 'xyz', undefined], b: new Map([[1n, new Date(1)]]) },
    'text',
    1.5,
    2n ** 70n,
    new Uint8Array(40),
  ]) {
    const bytes = written(value)
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => codec.decode(bytes, 0, end), { code: 'DECODE_FAILED', message: /not MessagePack/ })
    }
    assert.throws(() => codec.decode(Buffer.concat([bytes, Buffer.of(0)]), 0, bytes.length + 1), {
      code: 'DECODE_FAILED',
    })
  }
})

test('bytes that are not MessagePack fail with DECODE_FAILED and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), bytes => {
      try {
        codec.decode(bytes, 0, bytes.length)
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, 'DECODE_FAILED')
      }
    }),
    { numRuns: 2000 },
  )
})

function withoutInvalidDates(value: unknown): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value
  if (Array.isArray(value)) return value.map(withoutInvalidDates)
  if (value instanceof Map)
    return new Map([...value].map(([key, child]) => [withoutInvalidDates(key), withoutInvalidDates(child)]))
  if (value instanceof Set) return new Set([...value].map(withoutInvalidDates))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, withoutInvalidDates(child)]))
}

test('a length that the bytes do not have is refused before room is made for it', () => {
  for (const head of [0xc6, 0xc9, 0xdb, 0xdd, 0xdf]) {
    // 2²⁴ elements, by itself and behind 500 arrays that each announce as many
    const bomb = Buffer.of(head, 0x01, 0x00, 0x00, 0x00)
    for (const bytes of [
      bomb,
      Buffer.concat([...Array<Buffer>(500).fill(Buffer.of(0xdd, 1, 0, 0, 0)), bomb]),
    ]) {
      assert.throws(() => msgpack().decode(bytes, 0, bytes.length), {
        code: 'DECODE_FAILED',
        message: /^not MessagePack: the bytes end/,
      })
    }
  }
})

/** What others read as we do: they make 0 of -0, and refuse the name __proto__. */
const plain = fc
  .jsonValue()
  .map(value => JSON.stringify(value))
  .filter(text => !text.includes('__proto__'))
  .map(text => JSON.parse(text) as unknown)

test('what is plain MessagePack is read by others as we mean it, and theirs by us', () => {
  fc.assert(
    fc.property(plain, value => {
      const ours = written(value)
      assert.deepEqual(others.decode(ours), value)
      const theirs = others.encode(value)
      assert.deepEqual(codec.decode(theirs, 0, theirs.length), value)
    }),
    { numRuns: 1000 },
  )
})

test('numbers of every size are written as integers where they are, and read by others', () => {
  const edges = [
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    0x10000,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
  ]
  for (const edge of edges.flatMap(edge => [edge, -edge, -edge - 1])) {
    const bytes = written(edge)
    if (Number.isSafeInteger(edge)) assert.notEqual(bytes[0], 0xcb, `${edge} is written as a float`)
    assert.equal(others.decode(bytes), edge)
    assert.equal(roundTrip(edge), edge)
  }
})

test('an integer of others that no number can hold comes as a bigint', () => {
  const bytes = others.encode(2n ** 64n - 1n, { useBigInt64: true })
  assert.equal(codec.decode(bytes, 0, bytes.length), 2n ** 64n - 1n)
  const negative = others.encode(-(2n ** 63n), { useBigInt64: true })
  assert.equal(codec.decode(negative, 0, negative.length), -(2n ** 63n))
})

test('dates of others, of 32, 64 and 96 bits, come as dates', () => {
  for (const date of [new Date(1000), new Date(1_700_000_000_123), new Date(-5), new Date(8.64e15)]) {
    const theirs = others.encode(date)
    assert.deepEqual(codec.decode(theirs, 0, theirs.length), date)
    assert.deepEqual(others.decode(written(date)), date)
  }
})
