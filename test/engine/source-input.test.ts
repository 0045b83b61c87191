/** When a source partition is idle: read to its end, and quiet; never because nobody reads it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Reader } from '../../src/broker/index.ts'
import { SourceInput } from '../../src/engine/index.ts'
import { WatermarkOperator } from '../../src/engine/watermark-operator.ts'
import { App, json } from '../../src/index.ts'
import { newParts } from './operator-fixture.ts'

const IDLE_AFTER_MS = 1000
const QUIET = { newestAppend: 1_700_000_000_000, allAtEndSince: 0, now: 0 }

/** A source that stands at `position` of a partition that ends at `end`. */
function sourceAt(position: number, end: number) {
  const app = new App('app')
  app.stream(app.topic('in', { value: json() })).toArray()
  const [step] = app.graph().steps
  assert.ok(step?.kind === 'source')
  const parts = newParts()
  const spec = {
    timeOf: 'record' as const,
    outOfOrderMs: 0,
    idleAfterMs: IDLE_AFTER_MS,
    maxAheadMs: Infinity,
  }
  const time = new WatermarkOperator('time', value => value, spec, [0], parts)
  const reader: Reader = {
    position,
    poll: () => undefined,
    seek: () => {},
    end: () => end,
    close: () => {},
  }
  const source = new SourceInput({
    isFirst: false,
    ...parts,
    step,
    partition: 0,
    input: 0,
    reader,
    position,
    epoch: 1,
    end: Number.POSITIVE_INFINITY,
    lanes: time.lanes,
    needsRecordKey: false,
  })
  const isIdleAfter = (...moments: readonly number[]): boolean => {
    for (const now of moments) source.checkIdle({ ...QUIET, now })
    return time.lanes[0]?.idle === true
  }
  return { source, isIdleAfter }
}

test('a partition that has been read to its end is idle once it has been quiet for long enough', () => {
  assert.equal(sourceAt(5, 5).isIdleAfter(0, IDLE_AFTER_MS - 1), false)
  assert.equal(sourceAt(5, 5).isIdleAfter(0, IDLE_AFTER_MS), true)
})

test('a partition with records that nobody reads, as it is paused, is never idle', () => {
  assert.equal(sourceAt(4, 5).isIdleAfter(0, IDLE_AFTER_MS, 1000 * IDLE_AFTER_MS), false)
})

test('while something that was read is under way, the quiet of its partition has not begun', () => {
  const { source, isIdleAfter } = sourceAt(5, 5)
  assert.equal(isIdleAfter(0), false)
  source.stayAwake()
  assert.equal(isIdleAfter(IDLE_AFTER_MS), false)
  assert.equal(isIdleAfter(2 * IDLE_AFTER_MS), true)
})
