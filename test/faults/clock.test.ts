/** A wall clock that is set back by an hour while an app runs. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Place } from '../cli/command.ts'
import { append, valuesOf } from './readings.ts'

const TIMES = fileURLToPath(new URL('./programs/times.ts', import.meta.url))
const CLOCK_BACK = new URL('./clock-back.ts', import.meta.url).href
const START = 1_700_000_000_000
const EACH = 60

interface Count {
  readonly sensor: string
  readonly start: number
  readonly count: number
}

test('results by event time are the same, and windows of processing time go on closing', async t => {
  const place = new Place(t)
  await place.topic('readings', 2)
  const flag = join(place.folder, 'back')
  const env = { NODE_OPTIONS: `--import=${CLOCK_BACK}`, CLOCK_BACK: flag }
  const running = place.start(['run', TIMES, '--workers', '2'], env)
  await append(place, 'readings', batchOf(0))
  await closedByClock(place, EACH)
  writeFileSync(flag, '')
  await append(place, 'readings', batchOf(1))
  // Were time to stand still, these would wait for an hour.
  await closedByClock(place, 2 * EACH)
  running.child.kill('SIGTERM')
  const { code, stderr } = await running.ended
  assert.equal(code, 143, stderr)
  assert.doesNotMatch(stderr, /late/)
  const drained = await place.run(['run', TIMES, '--drain'], '', env)
  assert.equal(drained.code, 0, drained.stderr)
  const counts = await valuesOf<Count>(place, 'byEvent')
  assert.deepEqual(
    counts.map(({ sensor, start, count }) => `${sensor} ${start - START} ${count}`).sort(),
    ['a', 'b', 'c'].flatMap(sensor => [0, 1000].map(start => `${sensor} ${start} ${EACH / 3}`)),
  )
})

function batchOf(second: number): readonly { readonly sensor: string; readonly time: number }[] {
  return Array.from({ length: EACH }, (_, index) => ({
    sensor: 'abc'.charAt(index % 3),
    time: START + 1000 * second + index,
  }))
}

/** Waits until windows of processing time that hold so many readings have closed. */
async function closedByClock(place: Place, readings: number): Promise<void> {
  for (;;) {
    const counts = await valuesOf<Count>(place, 'byClock')
    if (counts.reduce((sum, { count }) => sum + count, 0) >= readings) return
    await wait(50)
  }
}
