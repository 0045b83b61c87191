import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from './events.ts'
import { NO_LATENCY } from './latency.ts'
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
  steps: [],
  commitLatency: NO_LATENCY,
  heap: { used: 0, limit: 0 },
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

test('steps count over all workers and restarts, and their rates are those of the last seconds', () => {
  const totals = new RunTotals(0)
  const step = (count: number) => [{ step: 'map', in: count, out: count / 2, failed: 0 }]
  totals.add({ ...NOTHING, worker: 0, steps: step(100) }, 0)
  totals.add({ ...NOTHING, worker: 1, steps: step(100) }, 0)
  totals.restarted(1)
  totals.add({ ...NOTHING, worker: 1, steps: step(20) }, 20_000)
  totals.add({ ...NOTHING, worker: 0, steps: step(300) }, 22_000)
  assert.deepEqual(totals.totals().steps, [
    { step: 'map', in: 420, out: 210, failed: 0, inPerSecond: 10, outPerSecond: 5 },
  ])
})

test('the commit quantiles are those of the last seconds', () => {
  const totals = new RunTotals(0)
  const counted = (fast: number, slow: number) => ({
    counts: NO_LATENCY.counts.map((_, bucket) => (bucket === 3 ? fast : bucket === 20 ? slow : 0)),
    sumMs: 0,
  })
  totals.add({ ...NOTHING, commitLatency: counted(0, 1000) }, 0)
  assert.equal(totals.totals().commitP99Ms, 300)
  totals.add({ ...NOTHING, commitLatency: counted(50, 1000) }, 60_000)
  totals.add({ ...NOTHING, commitLatency: counted(99, 1002) }, 62_000)
  assert.equal(totals.totals().commitP50Ms, 1)
  assert.equal(totals.totals().commitP99Ms, 300)
  totals.add({ ...NOTHING, commitLatency: counted(199, 1002) }, 68_000)
  assert.equal(totals.totals().commitP99Ms, 1)
})

test('of the open circuits of a step the one that stays open longest is told, and none of a worker that is gone', () => {
  const totals = new RunTotals(0)
  const step = { step: 'load', in: 1, out: 0, failed: 0 }
  const circuit = { failures: 5, error: 'no' }
  totals.add({ ...NOTHING, worker: 0, steps: [{ ...step, circuit: { ...circuit, until: 900 } }] }, 100)
  totals.add({ ...NOTHING, worker: 1, steps: [{ ...step, circuit: { ...circuit, until: 700 } }] }, 100)
  totals.add({ ...NOTHING, worker: 2, steps: [step] }, 100)
  assert.equal(totals.totals().steps[0]?.circuit?.until, 900)
  totals.restarted(0)
  assert.equal(totals.totals().steps[0]?.circuit?.until, 700)
  assert.equal(totals.totals().steps[0]?.in, 3)
})
