import assert from 'node:assert/strict'
import test from 'node:test'
import {
  approxDistinct,
  countBy,
  distinct,
  type Fold,
  type Place,
  quantile,
  quantiles,
  top,
} from './index.ts'
import { hashOfValue } from './value-hash.ts'

const PLACE: Place = { time: 0, origin: { topic: 't', partition: 0 }, offset: 0, index: 0 }
/** Three standard errors of the default precision. */
const THREE_ERRORS = (3 * 1.04) / Math.sqrt(2 ** 14)

for (const size of [256, 1000, 5000, 40_000, 200_000]) {
  test(`approxDistinct of ${size} values is within three standard errors, in two halves that overlap too`, () => {
    const fold = approxDistinct((value: number) => `user-${value}`)
    const all = resultOf(fold, 0, size)
    assert.ok(Math.abs(all / size - 1) <= (size <= 256 ? 0 : THREE_ERRORS), `${all} of ${size}`)
    const left = addAll(fold, 0, size * 0.75)
    const merged = fold.merge?.(left, addAll(fold, size >> 2, size))
    assert.equal(fold.result(merged ?? left), all)
  })
}

test('the error of approxDistinct over many sets is the one that is stated', () => {
  const fold = approxDistinct((value: number) => value, { precision: 8 })
  const sets = 200
  const squares = Array.from({ length: sets }, (_, set) => {
    const size = 3000
    return (resultOf(fold, set * size, (set + 1) * size) / size - 1) ** 2
  })
  const error = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / sets)
  const stated = 1.04 / Math.sqrt(2 ** 8)
  assert.ok(error > stated * 0.8 && error < stated * 1.2, `${error}; stated: ${stated}`)
})

test('the hash of a value is the same for ever, and tells types and parts apart', () => {
  assert.deepEqual(hashOfValue('sluice'), HASHES.text)
  assert.deepEqual(hashOfValue([1, 'a', true, 5n]), HASHES.tuple)
  assert.deepEqual(hashOfValue(-0), hashOfValue(0))
  const values = [1, '1', 1n, true, ['1'], [1], '', [], [''], ['', ''], 'ab', ['a', 'b'], ['ab']]
  const hashes = new Set(values.map(value => JSON.stringify(hashOfValue(value))))
  assert.equal(hashes.size, values.length)
})

test('a quantile of one number is near it, and of infinities infinite', () => {
  const [low, middle, high] = numbersAt([Number.NEGATIVE_INFINITY, -5, Number.POSITIVE_INFINITY])
  assert.deepEqual([low, high], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
  assert.ok(Math.abs((middle ?? 0) + 5) <= 0.05)
  assert.deepEqual(numbersAt([1, Number.NaN]), [Number.NaN, Number.NaN, Number.NaN])
  const [largest] = numbersAt([Number.MAX_VALUE])
  assert.ok((largest ?? 0) >= Number.MAX_VALUE * 0.99)
  assert.deepEqual(numbersAt([0, -0, 1e-310]), [0, 0, 0])
})

test('a value that cannot be told from others is refused, and says what it may be', () => {
  const given = Number.NaN
  for (const fold of [distinct(() => given), countBy(() => given), approxDistinct(() => given)]) {
    assert.throws(() => fold.halves?.read(1), {
      code: 'STEP_FAILED',
      message: /was given NaN; expected a string, a finite number, a boolean, a bigint or a tuple of these$/,
    })
  }
})

test('an element whose number is NaN has no rank', () => {
  const fold = top(2, Number)
  assert.throws(() => fold.add(fold.create(), 'x', PLACE), {
    code: 'STEP_FAILED',
    message: 'top was given NaN, which is neither more nor less than a number; filter such elements before',
  })
})

test('numbers and options out of range are refused when the aggregation is made', () => {
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [() => quantile(95, Number), /^quantile is 95; expected a number from 0 to 1$/],
    [() => quantiles([], Number), /^quantiles was given \[\]; expected numbers from 0 to 1, such as/],
    [
      () => quantile(0.5, Number, { error: 0 }),
      /^quantile: error is 0; expected a number from 0.0001 to 0.5$/,
    ],
    [() => top(0, Number), /^top: count is 0; expected a whole number ≥ 1$/],
    [() => approxDistinct(String, { precision: 3 }), /precision is 3; expected a whole number from 4 to 18$/],
  ]
  for (const [make, message] of wrong) assert.throws(make, { code: 'OPTION_INVALID', message })
})

/** Wrong in one bit, stored sketches would be read as other sets. */
const HASHES = {
  text: { low: 2001524447, high: 384609 },
  tuple: { low: 1882409775, high: 965859 },
} as const

function addAll<Acc>(fold: Fold<number, Acc, number>, from: number, to: number): Acc {
  let all = fold.create()
  for (let value = from; value < to; value++) all = fold.add(all, value, PLACE)
  return all
}

function resultOf<Acc>(fold: Fold<number, Acc, number>, from: number, to: number): number {
  return fold.result(addAll(fold, from, to))
}

function numbersAt(numbers: readonly number[]): readonly number[] {
  const fold = quantiles([0, 0.5, 1], (value: number) => value)
  let all = fold.create()
  for (const number of numbers) all = fold.add(all, number, PLACE)
  return fold.result(all)
}
