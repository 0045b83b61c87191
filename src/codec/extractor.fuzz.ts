/**
 * Test support: compares the field extractor with `JSON.parse` and the check over mutated records.
 * Seeded, so that a failure can be repeated.
 */
import assert from 'node:assert/strict'
import { TextDecoder } from 'node:util'
import { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { json } from './json.ts'
import { conform } from './json-check.ts'
import { type JsonObjectSchema, shapeOf } from './json-schema.ts'
import { mutate, pick, randomOf } from './mutation.fuzz.ts'

/** What to compare, and how often. */
export interface FuzzOptions {
  readonly iterations: number
  readonly seed: number
}

/** How many inputs both ways read, and how many both refused. */
export interface FuzzResult {
  readonly read: number
  readonly refused: number
}

const SCHEMAS = [
  { sensor: 'string', time: 'integer', value: 'number' },
  { value: 'number|null?', ok: 'boolean', sensor: 'string?' },
  { time: 'number', extra: 'string|null', né: 'string?', constructor: 'boolean?' },
  {
    __proto_: 'number?',
    toString: 'string?',
    hasOwnProperty: 'integer?',
    valueOf: 'boolean|null?',
    '': 'string?',
  },
  { ['__proto__']: 'string?', sensor: 'string?' },
] as const satisfies readonly JsonObjectSchema[]

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '00',
  '01',
  '-',
  '-01',
  '1.',
  '.5',
  '1.50',
  '-0.0',
  '0.1',
  '123456789012345',
  '1234567890123456',
  '9007199254740993',
  '12345678.1234567',
  '0.000000000000001',
  '123456789.123456789',
  '1e5',
  '1E-7',
  '1e400',
  '-1e400',
  '1e',
  '1e+',
  '5e-324',
  '2.2250738585072011e-308',
  '179769313486231580793e289',
  '1.7976931348623157e308',
  '0e0',
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
  '+1',
  '1.5.5',
] as const
const STRINGS = [
  '""',
  '"a"',
  '"sensor-17"',
  '"zürich"',
  '"\u{1f600}"',
  '"\\n"',
  '"\\u0041"',
  '"\\ud83d\\ude00"',
  '"\\ud83d"',
  '"\\u00"',
  '"\\x"',
  '"a\\"b"',
  '"\\\\"',
  '"\t"',
  '"\u007f"',
  '"\ufffd"',
  '"\u2028"',
  '"',
  'a',
  `"${'x'.repeat(40)}"`,
  '"__proto__"',
  '"\\ude00\\ud83d"',
  '"\\uD83D\\uDE00\\uDE00"',
  '"\\u0000"',
  '"\\ufeff"',
  '"\\/"',
  '"\\u00e9\\u0301"',
  `"${'é'.repeat(40)}"`,
  `"${'y'.repeat(200)}\\n"`,
] as const
const OTHERS = [
  'true',
  'false',
  'null',
  'tru',
  'nul',
  'True',
  '{}',
  '[]',
  '{"a":[1,{"b":"c"}]}',
  '[1,]',
  '{"a":}',
  '[[[[]]]]',
  '{"a" : 1 , "b":[ ]}',
  '{"__proto__":{"__proto__":null}}',
  '{"a":1,"a":2}',
  '["\\ud800","\\x"]',
  '{"é":["\u{1f600}"]}',
  '[1e400,-0]',
  '"a":',
  '//',
  '',
] as const
const NAMES = [
  '"sensor"',
  '"time"',
  '"value"',
  '"ok"',
  '"extra"',
  '"né"',
  '"constructor"',
  '"__proto__"',
  '"sens\\u006fr"',
  '"other"',
  '""',
  '"toString"',
  '"hasOwnProperty"',
  '"valueOf"',
  '"__proto_"',
  '"\\u005f_proto__"',
  '"time "',
  '"n\u0065\u0301"',
  'time',
] as const
const SPACES = ['', '', '', '', '', '', '', ' ', ' ', '\n', '\t\r\n ', '\u00a0', '\ufeff', '\f'] as const
/** What mutations put in: all that has a meaning in JSON or UTF-8. */
const BYTES = [
  0x00, 0x1f, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x5b, 0x5c, 0x5d, 0x65, 0x7b, 0x7d, 0x80, 0xc3,
  0xe2, 0xed, 0xf0, 0xff,
] as const

/** Throws an `AssertionError` with the input for which the two ways differ. */
export function fuzzExtractor({ iterations, seed }: FuzzOptions): FuzzResult {
  const random = randomOf(seed)
  const subjects = SCHEMAS.map(schema => ({ codec: json(schema) as Codec<unknown>, shape: shapeOf(schema) }))
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let read = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    const subject = pick(random, subjects)
    const record = mutate(random, Buffer.from(recordText(random)), BYTES)
    // what stands before and behind the record must not matter
    const input = Buffer.concat([
      Buffer.from(pick(random, ['', '{"a":', '7'])),
      record,
      Buffer.from(pick(random, ['', '}', '"', '1', ' '])),
    ])
    const start = input.indexOf(record)
    const actual = outcome(() => subject.codec.decode(input, start, start + record.length))
    const expected = outcome(() => conform(JSON.parse(utf8.decode(record)), subject.shape, ''))
    assert.deepEqual(
      actual,
      expected,
      `record ${JSON.stringify(record.toString('latin1'))} of iteration ${iteration}, seed ${seed}`,
    )
    if (actual.kind === 'read') {
      read++
      checkRewriting(subject.codec, actual.value)
    }
  }
  return { read, refused: iterations - read }
}

type Outcome =
  | { readonly kind: 'read'; readonly value: unknown; readonly order: readonly string[] }
  | { readonly kind: 'refused' }

/** Errors of the two ways have other words; only that both are errors counts. */
function outcome(work: () => unknown): Outcome {
  try {
    const value = work()
    return { kind: 'read', value, order: Object.keys(value as object) }
  } catch {
    return { kind: 'refused' }
  }
}

/** What was read can be written, and is then read as the same (a zero loses its sign in JSON text). */
function checkRewriting(codec: Codec<unknown>, value: unknown): void {
  const into = new ByteWriter()
  codec.encode(value, into)
  assert.equal(JSON.stringify(codec.decode(into.buffer, 0, into.length)), JSON.stringify(value))
}

/** A record that fits the schemas, in any order, with up to four further fields of any kind in it. */
function recordText(random: () => number): string {
  const fields = ['"sensor":"s-1"', '"time":1700000000000', '"value":-12.25', '"ok":true', '"extra":null']
  if (random() < 0.1) fields.length = Math.floor(random() * 5)
  const more = Math.floor(random() * 5)
  for (let field = 0; field < more; field++) {
    const space = () => (random() < 0.02 ? pick(random, SPACES) : '')
    const text = `${space()}${pick(random, NAMES)}${space()}:${space()}${valueText(random)}${space()}`
    fields.splice(Math.floor(random() * (fields.length + 1)), 0, text)
  }
  if (random() < 0.3) fields.sort(() => random() - 0.5)
  return `${pick(random, SPACES)}{${fields.join(',')}}${pick(random, SPACES)}`
}

function valueText(random: () => number): string {
  const roll = random()
  if (roll < 0.01) return nestedText(random)
  if (roll < 0.3) return String((random() - 0.5) * 10 ** Math.floor(random() * 30 - 15))
  if (roll < 0.4) return `${Math.floor(random() * 1e6)}.${Math.floor(random() * 1e12)}`
  if (roll < 0.6) return pick(random, NUMBERS)
  return roll < 0.8 ? pick(random, STRINGS) : pick(random, OTHERS)
}

/** Lists and objects within each other, around the depth at which the scan leaves them to `JSON.parse`. */
function nestedText(random: () => number): string {
  const depth = pick(random, [3, 199, 200, 201, 1000])
  const [open, close] = pick(random, [
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"":', '}]'],
  ] as const)
  return `${open.repeat(depth)}1${close.repeat(random() < 0.1 ? depth - 1 : depth)}`
}
