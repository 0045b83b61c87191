import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SluiceEvent } from './events.ts'
import { ANSWER_WITHIN_MS, RunWatch } from './run-watch.ts'

const became = (worker: number, state: string): SluiceEvent => ({
  type: 'lifecycle',
  worker,
  state,
  detail: '',
})

test('a run is ready when all its workers run, and not while one starts again', () => {
  const watch = new RunWatch(2, 0)
  for (const worker of [0, 1]) watch.hear(became(worker, 'claiming'), 0)
  watch.hear(became(0, 'running'), 10)
  assert.deepEqual(watch.readiness(), { ok: false, problems: ['worker 1 is claiming'] })
  watch.hear(became(1, 'running'), 20)
  assert.equal(watch.readiness().ok, true)
  watch.hear(became(1, 'failed'), 30)
  watch.hear(became(1, 'claiming'), 40)
  assert.deepEqual(watch.readiness().problems, ['worker 1 is claiming'])
  assert.deepEqual(watch.workers()[1], { worker: 1, state: 'claiming', restarts: 1 })
})

test('a worker that is silent for too long does not live, and a beat of its heart brings it back', () => {
  const watch = new RunWatch(2, 0)
  for (const worker of [0, 1]) watch.hear(became(worker, 'running'), 0)
  const later = ANSWER_WITHIN_MS + 1000
  watch.hear({ type: 'heartbeat', worker: 0 }, later)
  assert.deepEqual(watch.health(later), { ok: false, problems: ['worker 1 has not answered for 6 s'] })
  watch.hear({ type: 'heartbeat', worker: 1 }, later)
  assert.equal(watch.health(later).ok, true)
})

test('restoring may take its time, a death that the supervisor tells is no answer', () => {
  const watch = new RunWatch(1, 0)
  watch.hear(became(0, 'restoring'), 0)
  assert.equal(watch.health(60_000).ok, true)
  watch.hear(became(0, 'running'), 60_000)
  watch.hear(became(0, 'failed'), 63_000)
  assert.equal(watch.health(66_000).ok, false)
})
