import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TimeHeap } from './time-heap.ts'

test('an empty heap has its first instant at infinity', () => {
  const heap = new TimeHeap()
  assert.equal(heap.first(), Number.POSITIVE_INFINITY)
  assert.equal(heap.pop(), Number.POSITIVE_INFINITY)
  assert.equal(heap.size, 0)
})

test('instants come out in order, equal ones as often as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 })), times => {
      const heap = new TimeHeap()
      for (const time of times) heap.push(time)
      const taken = times.map(() => {
        const first = heap.first()
        assert.equal(heap.pop(), first)
        return first
      })
      assert.deepEqual(
        taken,
        times.toSorted((a, b) => a - b),
      )
      assert.equal(heap.size, 0)
    }),
  )
})

test('pushing and popping in any order always gives the earliest of what is left', () => {
  const operation = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant('pop'))
  fc.assert(
    fc.property(fc.array(operation), operations => {
      const heap = new TimeHeap()
      const left: number[] = []
      for (const each of operations) {
        if (typeof each === 'number') {
          heap.push(each)
          left.push(each)
        } else {
          left.sort((a, b) => a - b)
          assert.equal(heap.pop(), left.shift() ?? Number.POSITIVE_INFINITY)
        }
        assert.equal(heap.size, left.length)
      }
    }),
  )
})
