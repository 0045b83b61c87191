import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { StatusMerge } from './status-merge.ts'

const NOTHING = Number.NEGATIVE_INFINITY

test('nothing is known until every active input has a watermark', () => {
  const merge = new StatusMerge(2)
  assert.equal(merge.set(0, 10, false), false)
  assert.equal(merge.watermark, NOTHING)
  assert.equal(merge.set(1, 5, false), true)
  assert.equal(merge.watermark, 5)
})

test('the slowest active input decides', () => {
  const merge = new StatusMerge(3)
  merge.set(0, 10, false)
  merge.set(1, 20, false)
  merge.set(2, 30, false)
  assert.equal(merge.watermark, 10)
  assert.equal(merge.set(2, 40, false), false)
  merge.set(0, 25, false)
  assert.equal(merge.watermark, 20)
})

test('an idle input holds up nobody, and holds again when it wakes', () => {
  const merge = new StatusMerge(2)
  merge.set(0, 10, false)
  assert.equal(merge.set(1, NOTHING, true), true)
  assert.deepEqual([merge.watermark, merge.idle], [10, false])
  merge.set(1, 12, false)
  merge.set(0, 50, false)
  assert.equal(merge.watermark, 12)
})

test('when all are idle the largest watermark holds', () => {
  const merge = new StatusMerge(2)
  merge.set(0, 10, false)
  merge.set(1, 30, false)
  merge.set(0, 10, true)
  merge.set(1, 30, true)
  assert.deepEqual([merge.watermark, merge.idle], [30, true])
})

test('an input that wakes behind does not take the watermark back', () => {
  const merge = new StatusMerge(2)
  merge.set(0, 10, true)
  merge.set(1, 30, false)
  merge.set(0, 12, false)
  assert.deepEqual([merge.watermark, merge.idle], [30, false])
  merge.set(0, 40, false)
  assert.equal(merge.watermark, 30)
  merge.set(1, 35, false)
  assert.equal(merge.watermark, 35)
})

test('an input that has ended holds up nobody, and the end comes only when all have ended, idle ones too', () => {
  const merge = new StatusMerge(2)
  merge.set(0, 10, true)
  merge.set(1, 20, false)
  merge.set(1, Number.POSITIVE_INFINITY, false)
  assert.deepEqual([merge.watermark, merge.idle], [20, true])
  merge.set(0, Number.POSITIVE_INFINITY, false)
  assert.deepEqual([merge.watermark, merge.idle], [Number.POSITIVE_INFINITY, false])
})

test('without any input it is idle', () => {
  assert.equal(new StatusMerge(0).idle, true)
})

test('an input that does not exist changes nothing', () => {
  assert.equal(new StatusMerge(1).set(-1, 10, false), false)
})

test('it is the running maximum of the plain definition, and says exactly when it changes', () => {
  const change = fc.record({ input: fc.nat(2), watermark: fc.nat(20), idle: fc.boolean() })
  fc.assert(
    fc.property(fc.array(change), changes => {
      const merge = new StatusMerge(3)
      const inputs = Array.from({ length: 3 }, () => ({ watermark: NOTHING, idle: false }))
      let watermark = NOTHING
      let idle = false
      for (const change of changes) {
        inputs[change.input] = change
        const active = inputs.filter(input => !input.idle)
        const now = (active.length > 0 ? Math.min : Math.max)(
          ...(active.length > 0 ? active : inputs).map(input => input.watermark),
        )
        const next = Math.max(watermark, now)
        const changed = merge.set(change.input, change.watermark, change.idle)
        assert.equal(changed, next !== watermark || (active.length === 0) !== idle)
        watermark = next
        idle = active.length === 0
        assert.deepEqual([merge.watermark, merge.idle], [watermark, idle])
      }
    }),
  )
})
