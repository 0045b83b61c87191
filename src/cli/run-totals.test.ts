import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '../observe/index.ts'
import { RunTotals } from './run-totals.ts'

const NOTHING: Progress = {
  type: 'progress',
  worker: 0,
  time: 0,
  records: 0,
  written: 0,
  late: 0,
  finallyLate: 0,
  skipped: 0,
  deadLetters: 0,
  commits: 0,
  stateEntries: 0,
  inputs: [],
  watermark: null,
  heldBy: null,
}

test('the counters of all workers add up, the newest of each', () => {
  const totals = new RunTotals(0)
  totals.add({ ...NOTHING, worker: 0, records: 10, written: 1 }, 100)
  totals.add({ ...NOTHING, worker: 1, records: 5 }, 200)
  totals.add({ ...NOTHING, worker: 0, records: 20, written: 2 }, 1000)
  assert.equal(totals.totals().records, 25)
  assert.equal(totals.totals().written, 2)
  assert.equal(totals.totals().rate, 25)
})

test('what a worker counted before it was started again is kept', () => {
  const totals = new RunTotals(0)
  totals.add({ ...NOTHING, records: 10 }, 100)
  totals.restarted(0)
  totals.add({ ...NOTHING, records: 3 }, 200)
  assert.equal(totals.totals().records, 13)
})

test('the watermark is that of the worker that is farthest back; one without is before all', () => {
  const totals = new RunTotals(0)
  totals.add({ ...NOTHING, worker: 0, watermark: 500, heldBy: 'a/0' }, 100)
  totals.add({ ...NOTHING, worker: 1, watermark: 300, heldBy: 'a/1' }, 100)
  totals.add({ ...NOTHING, worker: 2 }, 100)
  assert.equal(totals.totals().heldBy, 'a/1')
  totals.add({ ...NOTHING, worker: 3, watermark: null, heldBy: 'a/3' }, 100)
  assert.equal(totals.totals().watermark, null)
  assert.equal(totals.totals().heldBy, 'a/3')
})
