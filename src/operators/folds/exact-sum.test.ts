import assert from 'node:assert/strict'
import test from 'node:test'
import { addToSum, type ExactSum, mergeSums, newSum, sumFromState, sumOf, sumToState } from './exact-sum.ts'

const HUGE = Number.MAX_VALUE

const SUMS: readonly (readonly [string, readonly number[], number])[] = [
  ['nothing is 0', [], 0],
  ['ten tenths are one', Array.from({ length: 10 }, () => 0.1), 1],
  ['a small number survives beside a large one', [1e16, 1, -1e16], 1],
  ['a sum that leaves the safe integers stays exact', [2 ** 53 - 1, 2, -2], 2 ** 53 - 1],
  ['an overflow on the way is none at the end', [HUGE, HUGE, -HUGE, -HUGE, 3], 3],
  ['an overflow at the end is infinite', [HUGE, HUGE], Number.POSITIVE_INFINITY],
  ['the tiniest numbers count beside the largest', [HUGE, -HUGE, 5e-324], 5e-324],
  [
    'the tiniest numbers count when huge ones cancel out',
    [2 ** 960, -(2 ** 959), 5e-324, -(2 ** 959)],
    5e-324,
  ],
  [
    'half-way cases of huge numbers are rounded by what lies far below',
    [2 ** 1000, 2 ** 947, 2 ** -974, -(2 ** -1030)],
    2 ** 1000 + 2 ** 948,
  ],
  ['half-way cases are rounded by what lies below', [1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
  ['half-way cases without anything below go to the even one', [1, 2 ** -53], 1],
  ['infinity wins', [1, Number.POSITIVE_INFINITY, -HUGE], Number.POSITIVE_INFINITY],
  ['two infinities of one sign are one', [-1 / 0, -1 / 0, 4], Number.NEGATIVE_INFINITY],
  ['infinities of both signs are no number', [1 / 0, 1, -1 / 0], Number.NaN],
  ['what is no number stays so', [1, Number.NaN, 1 / 0], Number.NaN],
]

for (const [name, values, expected] of SUMS) {
  test(`${name}, in both orders, merged and restored`, () => {
    assert.equal(sumOf(sumUp(values)), expected)
    assert.equal(sumOf(sumUp(values.toReversed())), expected)
    const half = values.length >> 1
    const merged = sumUp(values.slice(0, half))
    mergeSums(merged, sumUp(values.slice(half)))
    assert.equal(sumOf(merged), expected)
    assert.equal(sumOf(sumFromState(sumToState(sumUp(values)))), expected)
  })
}

test('a sum of whole numbers is kept as a plain number', () => {
  assert.equal(sumToState(sumUp([1, 2, 3])), 6)
})

test('restoring shares nothing with the state it came from', () => {
  const state = sumToState(sumUp([0.1, 0.2]))
  addToSum(sumFromState(state), 100)
  assert.equal(sumOf(sumFromState(state)), 0.1 + 0.2)
})

function sumUp(values: readonly number[]): ExactSum {
  const sum = newSum()
  for (const value of values) addToSum(sum, value)
  return sum
}
