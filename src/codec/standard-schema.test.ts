import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { ByteWriter } from './byte-writer.ts'
import type { Codec, ValueOf } from './codec.ts'
import { json } from './json.ts'
import type { StandardSchema } from './standard-schema.ts'

/** Compiles only if `A` and `B` are the same type. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

function sameType<_Same extends true>(): void {}

function write<T>(codec: Codec<T>, value: T): string {
  const into = new ByteWriter()
  codec.encode(value, into)
  return String(into.toBytes())
}

function read<T>(codec: Codec<T>, text: string): T {
  const bytes = Buffer.from(text)
  return codec.decode(bytes, 0, bytes.length)
}

const zod = json(z.object({ sensor: z.string(), value: z.number().max(100), tags: z.array(z.string()) }))
const valibot = json(
  v.object({
    sensor: v.string(),
    value: v.pipe(v.number(), v.maxValue(100)),
    tags: v.array(v.string()),
  }),
)
const arktype = json(type({ sensor: 'string', value: 'number <= 100', tags: 'string[]' }))

interface Reading {
  sensor: string
  value: number
  tags: string[]
}

const LIBRARIES: Readonly<Record<string, Codec<Reading>>> = { zod, valibot, arktype }

test('the type of the values is what the validator gives', () => {
  sameType<Equal<ValueOf<typeof zod>, Reading>>()
  sameType<Equal<ValueOf<typeof valibot>, Reading>>()
  sameType<Equal<ValueOf<typeof arktype>, Reading>>()
  const transformed = json(z.object({ at: z.iso.datetime().transform(text => new Date(text)) }))
  sameType<Equal<ValueOf<typeof transformed>, { at: Date }>>()
  const defaulted = json(z.object({ unit: z.string().default('C') }))
  sameType<Equal<ValueOf<typeof defaulted>, { unit: string }>>()
  const choice = json(
    v.variant('kind', [v.object({ kind: v.literal('a') }), v.object({ kind: v.literal('b') })]),
  )
  sameType<Equal<ValueOf<typeof choice>, { kind: 'a' } | { kind: 'b' }>>()
})

for (const [library, codec] of Object.entries(LIBRARIES)) {
  test(`a record comes back through a schema of ${library}`, () => {
    const value = { sensor: 'attic', value: 21.5, tags: ['a', 'é'] }
    assert.equal(write(codec, value), JSON.stringify(value))
    assert.deepEqual(read(codec, JSON.stringify(value)), value)
  })

  test(`what ${library} finds names the field`, () => {
    const wrong = '{"sensor":"attic","value":"hot","tags":["a",7]}'
    for (const message of [/(^|; )field "value": \S/, /(^|; )field "tags\[1\]": \S/]) {
      assert.throws(() => read(codec, wrong), { name: 'CodecError', code: 'DECODE_FAILED', message })
    }
    assert.throws(() => read(codec, '{"sensor":"attic","value":101,"tags":[]}'), {
      code: 'DECODE_FAILED',
      message: /^field "value": .*100/,
    })
  })

  test(`what is no JSON does not come as far as ${library}`, () => {
    assert.throws(() => read(codec, '{"sensor":'), {
      code: 'DECODE_FAILED',
      message: /^not JSON: unexpected end/,
    })
  })
}

test('a value is what the validator makes of it, and is written as JSON without it', () => {
  const codec = json(
    z.object({ at: z.iso.datetime().transform(text => new Date(text)), unit: z.string().default('C') }),
  )
  const value = read(codec, '{"at":"2026-01-01T00:00:00.000Z","more":1}')
  assert.deepEqual(value, { at: new Date('2026-01-01T00:00:00.000Z'), unit: 'C' })
  assert.equal(write(codec, value), '{"at":"2026-01-01T00:00:00.000Z","unit":"C"}')
  assert.throws(() => write(json(z.number()), Number.NaN), { code: 'ENCODE_FAILED', message: /NaN/ })
})

test('an issue of the whole value has no field, and of many issues the first are told', () => {
  assert.throws(() => read(json(z.string()), '1'), { message: /^the value: / })
  assert.throws(() => read(json(z.array(z.string())), '[1,2,3,4,5]'), {
    message: /field "\[2\]": .*; and 2 more$/,
  })
})

test('a validator that answers later is an error, and its answer disturbs nobody', () => {
  const failing = async (): Promise<never> => {
    throw new Error('nobody listens')
  }
  const rejecting = { '~standard': { version: 1, vendor: 'own', validate: failing } } as const
  assert.throws(() => read(json(rejecting), '"a"'), {
    code: 'DECODE_FAILED',
    message: /the own schema answered/,
  })
  assert.throws(() => read(json(z.string().refine(async () => true)), '"a"'), {
    name: 'CodecError',
    code: 'DECODE_FAILED',
    message: /the zod schema answered with a promise: it validates asynchronously.*mapAsync/,
  })
})

test('what a function in a schema throws is an error of the record', () => {
  const cause = new RangeError('broken')
  const fail = (): never => {
    throw cause
  }
  assert.throws(() => read(json(v.pipe(v.string(), v.transform(fail))), '"a"'), {
    name: 'CodecError',
    code: 'DECODE_FAILED',
    message: 'the valibot schema threw: broken',
    cause,
  })
  // zod tries again asynchronously
  assert.throws(() => read(json(z.string().transform(fail)), '"a"'), {
    code: 'DECODE_FAILED',
    message: /answered with a promise: .*or a function in it threw/,
  })
})

test('a schema of another version of the interface is refused', () => {
  const future = { '~standard': { version: 2, vendor: 'future', validate: () => ({ value: 1 }) } }
  assert.throws(() => json(future as unknown as StandardSchema), {
    code: 'OPTION_INVALID',
    message: /future schema follows version 2/,
  })
})

test('a field of one of our own schemas may have the name of the interface', () => {
  assert.deepEqual(read(json({ '~standard': 'number' }), '{"~standard":1}'), { '~standard': 1 })
})
