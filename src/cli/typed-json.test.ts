import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromTypedJson, keyFromText, toTypedJson } from './typed-json.ts'

for (const value of [
  1,
  '1',
  -0,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  12n,
  null,
  undefined,
  true,
  new Date(1_700_000_000_123),
  new Uint8Array([0, 255]),
  new Map<unknown, unknown>([[1n, new Set(['a'])]]),
  { a: [1, { b: undefined }], $number: 'NaN' },
  { $a: 1, b: 2 },
  [],
  {},
]) {
  test(`${String(value)} of type ${typeof value} comes back as it was: ${JSON.stringify(toTypedJson(value))}`, () => {
    assert.deepEqual(fromTypedJson(JSON.parse(JSON.stringify(toTypedJson(value)))), value)
  })
}

test('a key on the command line is JSON, and text where it is none', () => {
  assert.deepEqual(['1', '"1"', 'attic', '["a",1]', '{"$bigint":"7"}', 'true'].map(keyFromText), [
    1,
    '1',
    'attic',
    ['a', 1],
    7n,
    true,
  ])
  assert.throws(() => keyFromText('{"a":1}'), { code: 'USAGE' })
  assert.throws(() => keyFromText('null'), { code: 'USAGE' })
})

for (const wrong of [
  { $number: 'one' },
  { $bigint: '1.5' },
  { $date: 'never' },
  { $map: [1] },
  { $what: 1 },
]) {
  test(`${JSON.stringify(wrong)} is refused`, () => {
    assert.throws(() => fromTypedJson(wrong), { code: 'USAGE' })
  })
}
