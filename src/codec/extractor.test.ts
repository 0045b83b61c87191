import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fuzzExtractor } from './extractor.fuzz.ts'
import { type FieldExtractor, fieldExtractor } from './extractor.ts'
import { firstInvalid } from './json-scan.ts'
import { type JsonObjectSchema, type ObjectShape, shapeOf } from './json-schema.ts'
import { NumberReader } from './number-reader.ts'

function extractorOf(schema: JsonObjectSchema): FieldExtractor | undefined {
  return fieldExtractor(shapeOf(schema) as ObjectShape)
}

function extract(extractor: FieldExtractor | undefined, text: string | Uint8Array): object | undefined {
  const bytes = Buffer.from(text as string)
  return extractor?.extract(bytes, 0, bytes.length)
}

test('extractor and JSON.parse agree on every input', () => {
  const { read, refused } = fuzzExtractor({ iterations: 20_000, seed: 1 })
  assert.ok(read > 2000 && refused > 2000, `not a fair mixture: ${read} read, ${refused} refused`)
})

const reading = extractorOf({
  sensor: 'string',
  time: 'integer',
  value: 'number',
  ok: 'boolean',
  unit: 'string|null',
})

test('common records are read without JSON.parse', () => {
  const common = [
    '{"sensor":"s-1","time":1700000000000,"value":-1.5,"ok":true,"unit":null}',
    ' { "unit" : "°C" , "ok" : false , "value" : 1e3 , "time" : -0 , "sensor" : "a\\nb" } ',
    '{"more":{"a":[1,"\\u00e9",null]},"sensor":"","x":"é","time":0,"value":0.1,"ok":true,"sensor":"last","unit":"C"}',
  ]
  for (const text of common) {
    const { sensor, time, value, ok, unit } = JSON.parse(text) as Record<string, unknown>
    assert.deepEqual(extract(reading, text), { sensor, time, value, ok, unit })
  }
})

test('what is wrong or unusual is left to JSON.parse', () => {
  const rest = '"time":1,"value":1,"ok":true,"unit":"C"}'
  const left = [
    '',
    '{',
    '{}',
    '[]',
    `{"sensor":1,${rest}`,
    `{"s\\u0065nsor":"a",${rest}`,
    `{"sensor":null,${rest}`,
    `{${rest}`,
    `{"sensor":"a",${rest}x`,
  ]
  for (const text of left) assert.equal(extract(reading, text), undefined)
})

test('records in any changing order are read alike', () => {
  const fields = [
    '"sensor":"s"',
    '"time":1',
    '"value":2',
    '"ok":true',
    '"unit":"C"',
    '"other":[]',
    '"more":1',
  ]
  const expected = { sensor: 's', time: 1, value: 2, ok: true, unit: 'C' }
  fc.assert(
    fc.property(fc.shuffledSubarray(fields, { minLength: fields.length }), order => {
      assert.deepEqual(extract(reading, `{${order.join(',')}}`), expected)
    }),
  )
})

test('no two records with unknown names disturb each other, however many there are', () => {
  for (let record = 0; record < 2000; record++) {
    const text = `{"name-${record}":${record},"sensor":"s","time":${record},"value":2,"ok":true,"unit":"C"}`
    assert.deepEqual(extract(reading, text), { sensor: 's', time: record, value: 2, ok: true, unit: 'C' })
  }
  for (const text of ['{""1}', '{1}', '{:1}', '{""""1}']) {
    const extractor = extractorOf({ a: 'number?' })
    assert.equal(extract(extractor, text), undefined)
    for (let record = 0; record < 1100; record++) extract(extractor, `{"n${record}":1}`)
    assert.equal(extract(extractor, text), undefined)
  }
})

test('optional fields that are missing are left out, in the order of the schema', () => {
  const extractor = extractorOf({ a: 'string?', b: 'number', c: 'boolean?' })
  assert.deepEqual(Object.keys(extract(extractor, '{"c":true,"b":1}') ?? {}), ['b', 'c'])
  assert.deepEqual(extract(extractor, '{"b":1}'), { b: 1 })
})

for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 30]) {
  test(`${count} fields are read in the order of the schema`, () => {
    const names = Array.from({ length: count }, (_, at) => `field${at}`)
    const extractor = extractorOf(Object.fromEntries(names.map(name => [name, 'number'])))
    const record = Object.fromEntries(names.map((name, at) => [name, at]))
    const reversed = Object.fromEntries(Object.entries(record).reverse())
    assert.equal(JSON.stringify(extract(extractor, JSON.stringify(reversed))), JSON.stringify(record))
  })
}

test('schemas that are not a few scalars have no extractor', () => {
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`field${at}`, 'number'] as const))
  for (const schema of [
    {},
    { a: { b: 'number' } },
    { a: ['number'] },
    { a: 'unknown' },
    { ['__proto__']: 'string' },
    many,
  ]) {
    assert.equal(extractorOf(schema as JsonObjectSchema), undefined)
  }
})

test('strings with the same ending, length and slot are told apart', () => {
  const extractor = extractorOf({ s: 'string' })
  const texts = [
    'a-0001',
    'b-0001',
    'ab-0001',
    '',
    'a',
    'x'.repeat(32),
    `y${'x'.repeat(31)}`,
    'x'.repeat(33),
    `y${'x'.repeat(32)}`,
  ]
  for (const text of [...texts, ...texts])
    assert.deepEqual(extract(extractor, JSON.stringify({ s: text })), { s: text })
})

test('numbers are read to the double that JSON.parse gives', () => {
  const reader = new NumberReader()
  const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.nat({ max: 999_999_999 }))
    .map(([whole, part]) => `${whole}.${part}`)
  fc.assert(
    fc.property(fc.oneof(double, decimal), text => {
      const bytes = Buffer.from(`${text}5`)
      assert.equal(reader.read(bytes, 0, bytes.length - 1), bytes.length - 1)
      assert.ok(Object.is(reader.value, JSON.parse(text)), text)
    }),
    { numRuns: 5000 },
  )
})

test('the scan finds the first wrong byte exactly where JSON.parse fails', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '}', ',', '0', '\\', ' ', 'e', '.', '\n', 'x'),
      (text, place, inserted) => {
        const at = place % (text.length + 1)
        const changed = Buffer.from(text.slice(0, at) + inserted + text.slice(at))
        assert.equal(firstInvalid(changed, 0, changed.length) === undefined, isJson(String(changed)))
      },
    ),
    { numRuns: 2000 },
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
