import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TimeQueue } from './time-queue.ts'

test('an empty queue has its first instant at infinity', () => {
  const queue = new TimeQueue<string>()
  assert.equal(queue.firstTime(), Number.POSITIVE_INFINITY)
  assert.equal(queue.pop(), undefined)
})

test('pushing and popping in any order always gives the earliest of what is left', () => {
  const operation = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constant('pop'))
  fc.assert(
    fc.property(fc.array(operation), operations => {
      const queue = new TimeQueue<{ readonly time: number }>()
      const left: number[] = []
      for (const each of operations) {
        if (typeof each === 'number') {
          queue.push(each, { time: each })
          left.push(each)
        } else {
          left.sort((a, b) => a - b)
          assert.equal(queue.pop()?.time, left.shift())
        }
        assert.equal(queue.size, left.length)
        assert.equal(queue.firstTime(), Math.min(...left, Number.POSITIVE_INFINITY))
      }
    }),
  )
})
