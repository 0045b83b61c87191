/** Event time: watermarks as Flink counts them, and which times are refused. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { WatermarkOperator } from '../../src/engine/watermark-operator.ts'
import type { TimeSpec } from '../../src/graph/index.ts'
import { contextAt, newParts } from './operator-fixture.ts'

const DAY_MS = 86_400_000
const NOW = 1_700_000_000_000

function newOperator(spec: Partial<TimeSpec> & { readonly inputs?: readonly number[] } = {}) {
  const { inputs = [0], ...rest } = spec
  const parts = newParts('skip')
  const time = { timeOf: 'record' as const, outOfOrderMs: 0, idleAfterMs: 5000, maxAheadMs: DAY_MS, ...rest }
  const operator = new WatermarkOperator('time', value => value, time, inputs, parts)
  const push = (value: unknown, input = 0): void => {
    operator.push(value, contextAt(0, { input, appendTime: NOW }))
  }
  return { operator, push, ...parts }
}

test('an element is judged by the watermark before it, and then moves it: time − bound − 1', () => {
  const { push, next } = newOperator({ outOfOrderMs: 5 })
  for (const time of [100, 120, 90, 130]) push(time)
  assert.deepEqual(
    next.contexts.map(context => [context.time, context.entryWatermark]),
    [
      [100, Number.NEGATIVE_INFINITY],
      [120, 94],
      [90, 114],
      [130, 114],
    ],
  )
})

test('the watermark is told when asked for', () => {
  const { operator, push, next } = newOperator({ outOfOrderMs: 5 })
  push(100)
  next.take()
  operator.tell()
  assert.deepEqual(next.take(), ['watermark 94'])
})

test('a timer that waits below hears of its time at once, right after the element', () => {
  const { operator, push, next } = newOperator()
  push(50)
  next.take()
  operator.due.wakeAt(99)
  push(60)
  push(100)
  push(150)
  assert.deepEqual(next.take(), [60, 100, 'watermark 99', 150])
})

test('the slowest partition decides, until it falls idle', () => {
  const { operator, push, next } = newOperator({ inputs: [0, 1] })
  push(100, 0)
  push(50, 1)
  next.take()
  operator.tell()
  const slow = operator.lanes[1]!
  slow.idle = true
  operator.laneChanged(slow)
  slow.idle = false
  operator.laneChanged(slow)
  assert.deepEqual(next.take(), ['watermark 49', 'watermark 99', 'watermark 99'])
})

test('when all partitions are idle the largest watermark holds', () => {
  const { operator, push, next } = newOperator({ inputs: [0, 1] })
  push(100, 0)
  push(50, 1)
  next.take()
  for (const lane of operator.lanes) {
    lane.idle = true
    operator.laneChanged(lane)
  }
  assert.deepEqual(next.take().at(-1), 'idle at 99')
})

test('ended partitions close everything', () => {
  const { operator, push, next } = newOperator()
  push(100)
  next.take()
  const [lane] = operator.lanes
  lane!.ended = true
  operator.laneChanged(lane!)
  assert.deepEqual(next.take(), ['watermark Infinity'])
})

test('a restored partition goes on where it was', () => {
  const { operator, push, next } = newOperator({ outOfOrderMs: 10 })
  operator.restore(operator.lanes[0]!, 200)
  push(150)
  assert.equal(next.contexts[0]?.entryWatermark, 189)
  operator.tell()
  assert.deepEqual(next.take(), [150, 'watermark 189'])
})

test('the context is as it was for the steps beside', () => {
  const { operator } = newOperator()
  const context = contextAt(7, { appendTime: NOW })
  operator.push(100, context)
  assert.deepEqual([context.time, context.entryWatermark], [7, Number.NEGATIVE_INFINITY])
})

test('fractions are cut off, and dates are times', () => {
  const { push, next } = newOperator()
  push(100.9)
  push(new Date(200))
  push(-0.5)
  assert.deepEqual(
    next.contexts.map(context => context.time),
    [100, 200, -1],
  )
})

test('with processing time the clock is the time', () => {
  const parts = newParts()
  const spec = { timeOf: 'record' as const, outOfOrderMs: 0, idleAfterMs: Infinity, maxAheadMs: Infinity }
  const operator = new WatermarkOperator('time', 'clock', spec, [0], parts)
  operator.due.wakeAt(NOW + 500)
  operator.push('a', contextAt(3))
  parts.clock.advance(501)
  operator.tick()
  assert.equal(parts.next.contexts[0]?.time, NOW)
  assert.ok(parts.next.take().includes(`watermark ${NOW + 500}`))
})

test('with processing time nothing is late, and windows close, when the clock is set back', () => {
  const parts = newParts()
  const spec = { timeOf: 'record' as const, outOfOrderMs: 0, idleAfterMs: Infinity, maxAheadMs: Infinity }
  const operator = new WatermarkOperator('time', 'clock', spec, [0], parts)
  operator.push('before', contextAt(3))
  parts.clock.jumpTo(NOW - 3_600_000)
  operator.due.wakeAt(NOW + 500)
  operator.push('after', contextAt(4))
  parts.clock.advance(501)
  operator.tick()
  const [, after] = parts.next.contexts
  assert.equal(after?.time, NOW)
  assert.ok((after?.entryWatermark ?? 0) < NOW)
  assert.ok(parts.next.take().includes(`watermark ${NOW + 500}`))
})

const REFUSED: readonly (readonly [string, unknown, RegExp])[] = [
  ['text', '100', /the event time is "100"; expected epoch milliseconds/],
  ['nothing', undefined, /the event time is undefined/],
  ['no number', Number.NaN, /the event time is NaN/],
  ['an infinite time', Number.POSITIVE_INFINITY, /the event time is Infinity/],
  ['an invalid date', new Date(Number.NaN), /the event time is/],
  ['a time beyond all dates', 2 ** 52, /expected epoch milliseconds/],
  ['seconds', NOW / 1000, /looks like seconds; expected epoch milliseconds: multiply by 1000/],
  ['a time more than a day ahead of the log', NOW + DAY_MS + 1, /more than maxAhead \(86400000 ms\) after/],
]

for (const [name, value, message] of REFUSED) {
  test(`${name} is a bad time: it goes the way of bad records and moves no watermark`, () => {
    const { operator, push, next, events, scope } = newOperator()
    push(value)
    assert.deepEqual(next.take(), [])
    assert.equal(operator.lanes[0]?.watermark, Number.NEGATIVE_INFINITY)
    assert.equal(scope.counters.skipped, 1)
    const [event] = events
    assert.ok(event?.type === 'error')
    assert.equal(event.code, 'TIME_INVALID')
    assert.match(event.message, message)
  })
}

test('a time exactly a day ahead is good, and further ahead too where the log has no append times', () => {
  const { operator, push, next } = newOperator()
  push(NOW + DAY_MS)
  operator.push(NOW * 2, contextAt(0))
  assert.equal(next.contexts.length, 2)
})
