/** A minute of ten times the usual rate, which is more than the app can carry: it falls behind, and catches up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Place } from '../cli/command.ts'
import type { Shape } from './readings.ts'
import { checkSums } from './sums.ts'
import { noMemory, SMALL_HEAP, startProducer, textOf, WatchedApp } from './watched-app.ts'

const SUMS = fileURLToPath(new URL('./programs/sums.ts', import.meta.url))
const SHAPE: Shape = { keys: 1000, perMs: 1, padding: 100 }
const USUAL = 1000
const SPIKE = 10_000
const BEFORE_S = 20
const SPIKE_S = 60
/** Two tasks with 64 look-ups of 20 ms each: under 6,400 a second. */
const LOOKUP_MS = 20
/** How long after the spike the app may be behind. */
const CATCH_UP_S = 240
/** More memory may be in use than before the spike; the readings that it is behind by would be more. */
const GROWTH_MB = 130

test(`a spike of ${SPIKE} readings a second for ${SPIKE_S} s`, { skip: noMemory }, async t => {
  const place = new Place(t)
  await place.topic('readings', 2)
  const app = await WatchedApp.open(t, place, { app: 'sums', source: 'readings' })
  const run = place.start(['run', SUMS, '--workers', '2'], {
    ...SMALL_HEAP,
    LOOKUP_MS: String(LOOKUP_MS),
  })
  const phases = [
    { perSecond: USUAL, seconds: BEFORE_S },
    { perSecond: SPIKE, seconds: SPIKE_S },
    { perSecond: USUAL, seconds: 1 },
  ]
  const producer = startProducer(t, place, { topic: 'readings', shape: SHAPE, phases })
  const first = await app.watch('before', 30, ({ read }) => read > 0)
  const spikeAt = first.at + BEFORE_S
  await app.watch('before', BEFORE_S + 5, ({ at }) => at >= spikeAt)
  const spikeEnd = await app.watch('spike', SPIKE_S + 5, ({ at }) => at >= spikeAt + SPIKE_S)
  const calm = await app.watch('after', CATCH_UP_S, ({ lag }) => lag < USUAL)
  const over = await app.watch('calm', 15, ({ at }) => at >= calm.at + 10)
  const produced = await producer.end()
  await app.watch('end', 10, ({ lag }) => lag === 0)
  run.child.kill('SIGTERM')
  const { code, stderr } = await run.ended
  const before = app.memory(spikeAt - 10, spikeAt)
  const during = app.memory(spikeAt, calm.at)
  const after = app.memory(calm.at, over.at)
  t.diagnostic(
    `${spikeEnd.lag} behind at the end of the spike, ${calm.lag} after ${Math.round(calm.at - spikeEnd.at)} s more`,
  )
  t.diagnostic(
    `the larger worker: ${before.median} MB before, at most ${during.largest} MB until it had caught up, ${after.median} MB then`,
  )
  assert.equal(code, 143, stderr)
  assert.doesNotMatch(stderr, /starts again/)
  assert.ok(spikeEnd.lag > SPIKE, 'the app was never behind')
  assert.ok(Math.max(during.largest, after.largest) <= before.median + GROWTH_MB, textOf(over))
  const drained = await place.run(['run', SUMS, '--drain', '--workers', '2'])
  assert.equal(drained.code, 0, drained.stderr)
  const sums = await checkSums(app.broker, SHAPE, produced.count)
  t.diagnostic(`${produced.count} readings, ${sums} sums, each there once and right`)
})
