import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from './byte-writer.ts'
import type { Codec, ValueOf } from './codec.ts'
import { type CsvColumns, csv } from './csv.ts'
import { lines } from './lines.ts'

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

const reading = csv({ sensor: 'string', time: 'integer', value: 'number', ok: 'boolean?', unit: 'string?' })

test('the type of the values is inferred from the columns', () => {
  sameType<
    Equal<
      ValueOf<typeof reading>,
      { sensor: string; time: number; value: number; ok?: boolean; unit?: string }
    >
  >()
  // @ts-expect-error: not a kind
  assert.throws(() => csv({ a: 'text' }))
})

const rows: readonly (readonly [string, ValueOf<typeof reading>])[] = [
  ['attic,17,21.5,true,C', { sensor: 'attic', time: 17, value: 21.5, ok: true, unit: 'C' }],
  ['attic,17,-0.5,,', { sensor: 'attic', time: 17, value: -0.5 }],
  [',0,1e+21,false,""', { sensor: '', time: 0, value: 1e21, ok: false, unit: '' }],
  ['"a, ""b"" c",1,1,,"x\r\ny"', { sensor: 'a, "b" c', time: 1, value: 1, unit: 'x\r\ny' }],
  ['zürich 🔑,1,1,,', { sensor: 'zürich 🔑', time: 1, value: 1 }],
]

for (const [text, value] of rows) {
  test(`${JSON.stringify(text)} is read and written`, () => {
    assert.deepEqual(read(reading, text), value)
    assert.equal(write(reading, value), text)
    assert.deepEqual(read(reading, `${text}\r\n`), value)
    assert.deepEqual(read(reading, `${text}\n`), value)
  })
}

test('quotes, signs and exponents may be there without need', () => {
  assert.deepEqual(read(reading, '"attic","17","+2.50E1","true","C"'), {
    sensor: 'attic',
    time: 17,
    value: 25,
    ok: true,
    unit: 'C',
  })
  assert.deepEqual(read(csv({ n: 'number', m: 'number' }), '.5,3.'), { n: 0.5, m: 3 })
})

const cell = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(',', ';', '"', '\r', '\n', 'a', ' ', '\t') }),
)

test('every row comes back, whatever its texts and delimiter', () => {
  const row = fc.record(
    {
      a: cell,
      n: fc.double({ noNaN: true, noDefaultInfinity: true }),
      b: cell,
      i: fc.maxSafeInteger(),
      t: fc.boolean(),
    },
    { requiredKeys: ['a', 'n'] },
  )
  fc.assert(
    fc.property(row, fc.constantFrom(',', ';', '\t', ' ', '|', 'ß'), (value, delimiter) => {
      const codec = csv(
        { b: 'string?', a: 'string', n: 'number', i: 'integer?', t: 'boolean?' },
        { delimiter },
      )
      const text = write(codec, value)
      assert.deepEqual({ ...read(codec, text) }, { ...value, n: value.n + 0 })
      if (!/[\r\n]/.test(text)) assert.deepEqual(read(lines(codec), `${text}\r\n${text}`).length, 2)
    }),
  )
})

test('a row of one column may be empty', () => {
  assert.deepEqual(read(csv({ a: 'string' }), ''), { a: '' })
  assert.deepEqual(read(csv({ a: 'string?' }), ''), {})
  assert.deepEqual(read(csv({ a: 'string?' }), '""'), { a: '' })
})

const UNREADABLE: readonly (readonly [CsvColumns, string, string])[] = [
  [{ a: 'number' }, 'abc', 'column "a" is "abc"; expected finite number'],
  [{ a: 'number' }, '', 'column "a" is empty; expected finite number'],
  [{ a: 'number' }, ' 1', 'column "a" is " 1"; expected finite number'],
  [{ a: 'number' }, '0x10', 'column "a" is "0x10"; expected finite number'],
  [{ a: 'number' }, '1e999', 'column "a" is "1e999"; expected finite number'],
  [{ a: 'number?' }, '""', 'column "a" is empty; expected finite number'],
  [{ a: 'string', b: 'integer' }, 'x,1.5', 'column "b" is "1.5"; expected integer'],
  [{ a: 'integer' }, '9007199254740993', 'column "a" is "9007199254740993"; expected integer'],
  [{ a: 'boolean' }, 'TRUE', 'column "a" is "TRUE"; expected true or false'],
  [{ a: 'string', b: 'string' }, 'x', 'found 1 columns; expected 2: a, b'],
  [{ a: 'string' }, 'x,', 'found 2 columns; expected 1: a'],
  [{ a: 'string' }, '"x', 'column 1: its quote is never closed; expected a second one'],
  [{ a: 'string' }, '"x""', 'column 1: its quote is never closed; expected a second one'],
  [
    { a: 'string', b: 'string' },
    'x,"y"z',
    'column 2: found "z" behind its closing quote; expected "," or the end',
  ],
  [
    { a: 'string' },
    'x"y',
    'column 1: found a quote inside; expected the whole cell in quotes, and "" for a quote in it',
  ],
  [
    { a: 'string' },
    'x\ny',
    'column 1: found a line break; expected one row (quote the cell, or say lines(csv(…)) for several)',
  ],
]

for (const [columns, text, message] of UNREADABLE) {
  test(`${JSON.stringify(text)} is refused: ${message.slice(0, 60)}`, () => {
    assert.throws(() => read(csv(columns), text), { name: 'CodecError', code: 'DECODE_FAILED', message })
  })
}

test('bytes that are not UTF-8 are refused', () => {
  assert.throws(() => read(csv({ a: 'string' }), Buffer.of(0x61, 0xff)), {
    code: 'DECODE_FAILED',
    message: /UTF-8/,
  })
})

test('what does not fit a column cannot be written', () => {
  const unwritable: readonly (readonly [unknown, RegExp])[] = [
    [{}, /column "a" is missing; expected string/],
    [{ a: 1, b: 1 }, /column "a" is 1; expected string/],
    [{ a: 'x', b: '1' }, /column "b" is "1"; expected finite number/],
    [{ a: 'x', b: Number.NaN }, /column "b" is NaN; expected finite number/],
    [{ a: '\ud800', b: 1 }, /lone surrogate/],
    [null, /found null; expected an object/],
  ]
  const codec: Codec<unknown> = csv({ a: 'string', b: 'number' })
  for (const [value, message] of unwritable) {
    assert.throws(() => write(codec, value), { code: 'ENCODE_FAILED', message })
  }
})

test('a column may have a name that every object inherits', () => {
  const codec = csv({ ['__proto__']: 'string', constructor: 'number?' })
  const row = read(codec, 'x,')
  assert.deepEqual(Object.entries(row), [['__proto__', 'x']])
  assert.equal(write(codec, row), 'x,')
})

test('columns and delimiters that are none are refused', () => {
  for (const delimiter of ['', ',,', '"', '\n', '\ud83d', 7 as unknown as string]) {
    assert.throws(() => csv({ a: 'string' }, { delimiter }), {
      code: 'OPTION_INVALID',
      message: /delimiter is/,
    })
  }
  assert.throws(() => csv({}), { code: 'OPTION_INVALID', message: /no columns/ })
  assert.throws(() => csv({ a: 7 } as unknown as CsvColumns), {
    code: 'OPTION_INVALID',
    message: /column "a" is 7/,
  })
})
