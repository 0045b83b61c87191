import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock } from './clock.ts'
import { ProcessingTime } from './processing-time.ts'

const HOUR_MS = 3_600_000

test('it is the wall clock while that goes forward', () => {
  const clock = new ManualClock(1000)
  const time = new ProcessingTime(clock)
  clock.advance(250)
  assert.equal(time.now(), 1250)
  clock.jumpTo(1000 + HOUR_MS)
  assert.equal(time.now(), 1000 + HOUR_MS)
})

test('when the wall clock is set back, time goes on as the monotonic clock does', () => {
  const clock = new ManualClock(HOUR_MS)
  const time = new ProcessingTime(clock)
  clock.advance(10)
  assert.equal(time.now(), HOUR_MS + 10)
  clock.jumpTo(0)
  assert.equal(time.now(), HOUR_MS + 10)
  clock.advance(5)
  assert.equal(time.now(), HOUR_MS + 15)
  clock.jumpTo(2 * HOUR_MS)
  assert.equal(time.now(), 2 * HOUR_MS)
})

test('it goes on from what an earlier run has seen', () => {
  const clock = new ManualClock(1000)
  const time = new ProcessingTime(clock)
  time.atLeast(900)
  assert.equal(time.now(), 1000)
  time.atLeast(5000)
  clock.advance(7)
  assert.equal(time.now(), 5007)
})
