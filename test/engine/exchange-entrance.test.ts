/** The channels behind an exchange: whose watermark counts, and when the input ends. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ExchangeEntrance } from '../../src/engine/index.ts'
import { Recorder } from './operator-fixture.ts'

const NAMES = ['readings/0', 'readings/1']

function newEntrance(end = { run: 3, drain: false }) {
  const next = new Recorder()
  const entrance = new ExchangeEntrance('readings.keyBy', NAMES, end, next)
  return { next, entrance }
}

test('the slowest channel decides', () => {
  const { entrance, next } = newEntrance()
  entrance.advance(0, 10, false)
  entrance.advance(1, 5, false)
  entrance.advance(1, 20, false)
  assert.deepEqual(next.take(), ['watermark 5', 'watermark 10'])
})

test('a channel that has vanished is ignored', () => {
  const { entrance, next } = newEntrance()
  entrance.advance(entrance.numberOf('readings/7'), 10, false)
  assert.deepEqual(next.take(), [])
})

test('a channel never goes back', () => {
  const { entrance, next } = newEntrance()
  for (const channel of [0, 1]) entrance.advance(channel, 10, false)
  entrance.advance(0, 5, false)
  assert.deepEqual(next.take(), ['watermark 10'])
  assert.equal(entrance.progress()[0]?.watermark, 10)
})

test('a drained input ends when all channels have ended in this run', () => {
  const { entrance, next } = newEntrance({ run: 3, drain: true })
  entrance.advance(0, 10, false, { endedRun: 3 })
  entrance.advance(1, 20, false, { endedRun: 2 })
  assert.deepEqual(next.take(), ['watermark 20'])
  assert.equal(entrance.hasEnded, false)
  entrance.advance(1, 20, false, { endedRun: 3 })
  assert.deepEqual(next.take(), ['watermark Infinity'])
  assert.equal(entrance.hasEnded, true)
})

test('an idle channel that has not ended keeps a drained input open: it may still bring elements', () => {
  const { entrance, next } = newEntrance({ run: 3, drain: true })
  entrance.advance(0, 10, true)
  entrance.advance(1, 20, false, { endedRun: 3 })
  assert.ok(!next.take().includes('watermark Infinity'))
  entrance.advance(0, 30, false, { endedRun: 3 })
  assert.deepEqual(next.take().at(-1), 'watermark Infinity')
})

test('without a drain, ended channels close nothing', () => {
  const { entrance, next } = newEntrance({ run: 3, drain: false })
  entrance.advance(0, 10, false, { endedRun: 3 })
  entrance.advance(1, 20, false, { endedRun: 3 })
  assert.equal(entrance.hasEnded, true)
  assert.deepEqual(next.take(), ['watermark 10'])
})

test('the end of a channel is not remembered as a watermark', () => {
  const { entrance } = newEntrance({ run: 3, drain: true })
  entrance.advance(0, 10, false)
  entrance.advance(0, Number.POSITIVE_INFINITY, false)
  assert.equal(entrance.progress()[0]?.watermark, 10)
})

test('progress brings the channels back', () => {
  const before = newEntrance()
  before.entrance.advance(0, 10, false)
  before.entrance.advance(1, 20, true)
  const { entrance, next } = newEntrance()
  entrance.restore(before.entrance.progress())
  assert.deepEqual(entrance.progress(), before.entrance.progress())
  assert.deepEqual(next.take().at(-1), 'watermark 10')
})

test('whether a channel is idle is found out anew in the next run', () => {
  const before = newEntrance({ run: 3, drain: false })
  before.entrance.advance(0, 10, false)
  before.entrance.advance(1, 5, true)
  const { entrance, next } = newEntrance({ run: 4, drain: false })
  entrance.restore(before.entrance.progress())
  assert.deepEqual(next.take().at(-1), 'watermark 5')
})

test('a new channel is waited for like the others', () => {
  const { entrance, next } = newEntrance()
  entrance.restore([{ channel: 'readings/0', watermark: 10, idleRun: 0, idleAt: -1, endedRun: 0 }])
  entrance.advance(1, 3, false)
  assert.deepEqual(next.take(), ['watermark 3'])
})

test('an idle channel whose source partition has grown since counts again, before its producer says so', () => {
  const next = new Recorder()
  let end = 5
  const entrance = new ExchangeEntrance('readings.keyBy', NAMES, { run: 3, drain: false }, next, () => end)
  entrance.advance(0, 10, false)
  entrance.advance(1, 3, true, { idleAt: 5 })
  assert.deepEqual(next.take().at(-1), 'watermark 10')
  end = 6
  entrance.advance(0, 50, false)
  assert.deepEqual(next.take(), [])
  entrance.advance(1, 30, false)
  assert.deepEqual(next.take(), ['watermark 30'])
})

// Found by simulation: the commit that carried the mark was refused for a while.
test('a mark that says idle counts for nothing when the source partition has grown before it comes', () => {
  const next = new Recorder()
  const end = { run: 3, drain: false }
  const entrance = new ExchangeEntrance('readings.keyBy', NAMES, end, next, () => 6)
  entrance.advance(0, 10, false)
  entrance.advance(1, 3, true, { idleAt: 5 })
  assert.deepEqual(next.take(), ['watermark 3'])
  entrance.advance(1, 4, true, { idleAt: 6 })
  assert.deepEqual(next.take(), ['watermark 10'])
})
