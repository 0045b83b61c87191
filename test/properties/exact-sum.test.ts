/** The sum is exact: equal to that of whole numbers, whatever the order, the grouping and the restarts. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import {
  addToSum,
  type ExactSum,
  mergeSums,
  newSum,
  sumFromState,
  sumOf,
  sumToState,
} from '../../src/operators/folds/exact-sum.ts'
import { exactSum } from './exact.ts'
import { propertyOptions } from './seed.ts'

const finite = fc.oneof(
  fc.integer(),
  fc.integer({ min: -10_000, max: 10_000 }).map(n => n / 100),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1, max: 1 }),
  fc.maxSafeInteger(),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 960, -(2 ** 960), 2 ** 53, 0.1),
)
const lists = fc.array(finite, { maxLength: 40 })

function sumUp(values: readonly number[]): ExactSum {
  const sum = newSum()
  for (const value of values) addToSum(sum, value)
  return sum
}

test('a sum is the exact one, rounded once', t => {
  fc.assert(
    fc.property(lists, values => {
      assert.equal(sumOf(sumUp(values)) + 0, exactSum(values) + 0)
    }),
    propertyOptions(t, 3000),
  )
})

test('the order of addition changes nothing', t => {
  const shuffled = lists.chain(values =>
    fc.tuple(
      fc.constant(values),
      fc.shuffledSubarray(values, { minLength: values.length, maxLength: values.length }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([values, others]) => {
      assert.equal(sumOf(sumUp(values)), sumOf(sumUp(others)))
    }),
    propertyOptions(t, 1000),
  )
})

test('merging sums is summing what both hold', t => {
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const merged = sumUp(left)
      mergeSums(merged, sumUp(right))
      assert.equal(sumOf(merged), sumOf(sumUp([...left, ...right])))
    }),
    propertyOptions(t, 1000),
  )
})

test('state in between changes nothing', t => {
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      const restored = sumFromState(structuredClone(sumToState(sumUp(left))))
      for (const value of right) addToSum(restored, value)
      assert.equal(sumOf(restored), sumOf(sumUp([...left, ...right])))
    }),
    propertyOptions(t, 1000),
  )
})
