import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import type { Codec, ValueOf } from './codec.ts'
import { json } from './json.ts'
import type { JsonSchema } from './json-schema.ts'

/** Compiles only if `A` and `B` are the same type. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

function sameType<_Same extends true>(): void {}

function write<T>(codec: Codec<T>, value: T): string {
  const into = new ByteWriter()
  codec.encode(value, into)
  return String(into.toBytes())
}

function read<T>(codec: Codec<T>, text: string | Uint8Array): T {
  const bytes = Buffer.from(text as string)
  return codec.decode(bytes, 0, bytes.length)
}

const reading = json({ sensor: 'string', time: 'integer', value: 'number', unit: 'string?' })
const nested = json({
  id: 'number|null',
  at: { x: 'number', tags: ['string'] },
  parts: [{ n: 'integer', note: 'string|null?' }],
  any: 'unknown',
})

test('the type of the values is inferred from the schema', () => {
  sameType<Equal<ValueOf<typeof reading>, { sensor: string; time: number; value: number; unit?: string }>>()
  sameType<
    Equal<
      ValueOf<typeof nested>,
      {
        id: number | null
        at: { x: number; tags: string[] }
        parts: { n: number; note?: string | null }[]
        any: unknown
      }
    >
  >()
  const list = json(['boolean'])
  sameType<Equal<ValueOf<typeof list>, boolean[]>>()
  const scalar = json('string|null')
  sameType<Equal<ValueOf<typeof scalar>, string | null>>()
  const anything = json()
  sameType<Equal<ValueOf<typeof anything>, unknown>>()
  const named = json<{ readonly a: number }>()
  sameType<Equal<ValueOf<typeof named>, { readonly a: number }>>()
  // @ts-expect-error: not a kind
  assert.throws(() => json({ a: 'strin' }))
  // @ts-expect-error: an element cannot be missing
  assert.throws(() => json(['string?']))
})

test('any JSON comes back through json()', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
      assert.equal(JSON.stringify(read(json(), write(json(), value))), JSON.stringify(value))
    }),
  )
})

test('a record of a schema comes back, with the fields in the order of the schema', () => {
  const value = { value: 21.5, sensor: 'a"\\\n\u{1f600}\ud800', time: 17 }
  assert.equal(write(reading, value), JSON.stringify({ sensor: value.sensor, time: 17, value: 21.5 }))
  assert.deepEqual(read(reading, write(reading, value)), value)
})

test('nested records come back', () => {
  const value = {
    id: null,
    at: { x: 1, tags: ['a', 'é'] },
    parts: [{ n: 1 }, { n: 2, note: null }],
    any: { deep: [1, null] },
  }
  assert.deepEqual(read(nested, write(nested, value)), value)
})

test('fields that the schema does not have are dropped on both ways', () => {
  assert.deepEqual(read(reading, '{"sensor":"a","time":1,"value":2,"more":{}}'), {
    sensor: 'a',
    time: 1,
    value: 2,
  })
  assert.deepEqual(read(json({ a: { b: 'string' } }), '{"a":{"b":"x","c":1},"d":1}'), { a: { b: 'x' } })
  assert.equal(
    write(reading, { sensor: 'a', time: 1, value: 2, more: 3 } as ValueOf<typeof reading>),
    '{"sensor":"a","time":1,"value":2}',
  )
})

test('the last of duplicate fields counts', () => {
  assert.deepEqual(read(json({ a: 'number' }), '{"a":"x","a":1,"a":2}'), { a: 2 })
})

test('an optional field that is undefined is left out', () => {
  const value = { sensor: 'a', time: 1, value: 2, unit: undefined } as unknown as ValueOf<typeof reading>
  assert.equal(write(reading, value), '{"sensor":"a","time":1,"value":2}')
})

test('names that every object inherits are fields like any other', () => {
  const codec = json({ constructor: 'string', toString: 'string?', ['__proto__']: 'number' })
  const record = read(codec, '{"constructor":"c","__proto__":7}')
  assert.deepEqual(Object.entries(record), [
    ['constructor', 'c'],
    ['__proto__', 7],
  ])
  assert.equal(Object.getPrototypeOf(record), Object.prototype)
  assert.equal(write(codec, record), '{"constructor":"c","__proto__":7}')
  assert.throws(() => read(codec, '{"__proto__":7}'), {
    message: 'field "constructor" is missing; expected string',
  })
})

const UNREADABLE: readonly (readonly [schema: JsonSchema, text: string, message: string])[] = [
  [{ value: 'number' }, '{"value":"abc"}', 'field "value" is "abc" (string); expected number'],
  [{ value: 'number' }, '{"value":1e999}', 'field "value" is Infinity (number); expected finite number'],
  [{ value: 'integer' }, '{"value":1.5}', 'field "value" is 1.5 (number); expected integer'],
  [
    { value: 'integer|null' },
    '{"value":9007199254740993}',
    'field "value" is 9007199254740992 (number); expected integer or null',
  ],
  [{ value: 'string?' }, '{"value":null}', 'field "value" is null (null); expected string'],
  [{ value: 'string|null' }, '{}', 'field "value" is missing; expected string or null'],
  [{ any: 'unknown' }, '{}', 'field "any" is missing; expected unknown'],
  [{ a: { b: ['number'] } }, '{"a":{"b":[1,true]}}', 'field "a.b[1]" is true (boolean); expected number'],
  [{ a: { b: 'number' } }, '{"a":[]}', 'field "a" is [] (array); expected an object'],
  [{ a: 'number' }, '[]', 'the value is [] (array); expected an object'],
  [['string'], '{}', 'the value is {} (object); expected an array'],
  [{ a: 'number' }, '', 'not JSON: no bytes at all'],
  [{ a: 'number' }, '{"a":1', 'not JSON: unexpected end at byte 6: {"a":1'],
  [{ a: 'number' }, '{"a":1}}', 'not JSON: unexpected "}" at byte 7: {"a":1}}'],
  [{ a: 'number' }, '{"é":nope}', 'not JSON: unexpected "o" at byte 7: {"é":nope}'],
  [
    { a: 'number' },
    `{"a":"\n${'x'.repeat(50)}`,
    `not JSON: unexpected byte 0x0a at byte 6: {"a":"\n${'x'.repeat(33)}…`,
  ],
  [{ a: 'number' }, '\ufeff{"a":1}', 'not JSON: unexpected byte 0xef at byte 0: \ufeff{"a":1}'],
]

for (const [schema, text, message] of UNREADABLE) {
  test(`${JSON.stringify(text.slice(0, 30))} is refused: ${message.slice(0, 60)}`, () => {
    assert.throws(() => read(json(schema), text), { code: 'DECODE_FAILED', message })
  })
}

test('bytes that are not UTF-8 are refused', () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')])
  for (const codec of [json(), json({ a: 'string' }), json({ b: 'string?' })]) {
    assert.throws(() => read<unknown>(codec, bytes), {
      code: 'DECODE_FAILED',
      message: /^not JSON: the bytes are not UTF-8: \{"a":"/,
    })
  }
})

class Sensor {
  readonly id = 1
  get label(): string {
    return 'one'
  }
}

const throwing = {
  get v(): never {
    throw new RangeError('broken getter')
  },
}

const circular: Record<string, unknown> = {}
circular['self'] = circular

const UNWRITABLE: readonly (readonly [
  name: string,
  schema: JsonSchema | undefined,
  value: unknown,
  message: RegExp,
])[] = [
  ['undefined', undefined, undefined, /the value is missing; expected a JSON value/],
  [
    'a function',
    undefined,
    { a: [() => 1] },
    /field "a\[0\]" is a function \(function\); expected a JSON value/,
  ],
  ['a bigint', undefined, { n: 1n }, /field "n" is 1n \(bigint\)/],
  ['NaN', undefined, { a: { b: Number.NaN } }, /field "a\.b" is NaN \(number\)/],
  ['undefined in an array', undefined, [1, undefined], /field "\[1\]" is missing/],
  ['a Map', undefined, { m: new Map() }, /field "m" is {} \(object\)/],
  ['a circle', undefined, circular, /circular/],
  [
    'NaN where a number belongs',
    { v: 'number' },
    { v: Number.NaN },
    /field "v" is NaN \(number\); expected finite number/,
  ],
  [
    'a string where a number belongs',
    { v: 'number' },
    { v: '1' },
    /field "v" is "1" \(string\); expected number/,
  ],
  ['a missing field', { v: 'number' }, {}, /field "v" is missing; expected number/],
  ['null where it is not allowed', { v: 'string?' }, { v: null }, /field "v" is null/],
  ['a getter that throws', undefined, throwing, /broken getter/],
  ['a getter that throws, with a schema', { v: 'number' }, throwing, /broken getter/],
  ['no object', { v: 'number' }, [1], /the value is \[1\] \(array\); expected an object/],
  ['a wrong nested element', { v: [{ n: 'number' }] }, { v: [{ n: true }] }, /field "v\[0\]\.n" is true/],
  ['NaN within unknown', { v: 'unknown' }, { v: [Infinity] }, /field "v\[0\]" is Infinity/],
]

for (const [name, schema, value, message] of UNWRITABLE) {
  test(`${name} cannot be written`, () => {
    const codec: Codec<unknown> = schema === undefined ? json() : json<JsonSchema>(schema)
    assert.throws(() => write(codec, value), { code: 'ENCODE_FAILED', message })
  })
}

test('dates and instances of classes are written as JSON.stringify writes them', () => {
  assert.equal(
    write(json(), { at: new Date(0), s: new Sensor(), gone: undefined }),
    '{"at":"1970-01-01T00:00:00.000Z","s":{"id":1}}',
  )
  assert.equal(write(json({ id: 'integer', label: 'string' }), new Sensor()), '{"id":1,"label":"one"}')
})

test('very deep JSON is read', () => {
  const text = `${'['.repeat(1000)}${']'.repeat(1000)}`
  assert.equal(JSON.stringify(read(json(), text)), text)
  assert.deepEqual(read(json({ a: 'number' }), `{"deep":${text},"a":1}`), { a: 1 })
})

test('the fingerprint follows the schema and not the order of its fields', () => {
  const one = json({ a: 'string', b: 'number?' }).fingerprint
  assert.equal(json({ b: 'number?', a: 'string' }).fingerprint, one)
  for (const other of [
    json(),
    json({ a: 'string', b: 'number' }),
    json({ a: 'string', b: 'number|null?' }),
    json({ a: ['string'], b: 'number?' }),
  ]) {
    assert.notEqual(other.fingerprint, one)
  }
})

test('a schema that is none is refused with its place', () => {
  for (const schema of [
    { a: { b: 'text' } },
    { a: { b: null } },
    { a: { b: ['string', 'string'] } },
    { a: { b: 'string?|null' } },
  ]) {
    assert.throws(() => json(schema as unknown as JsonSchema), {
      code: 'OPTION_INVALID',
      message: /^json schema of field "a\.b" is /,
    })
  }
})
