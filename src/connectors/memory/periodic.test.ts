import assert from 'node:assert/strict'
import test from 'node:test'
import { SourceProbe, WatchedClock } from '../../testing/index.ts'
import { periodic } from './periodic.ts'

test('the function is called at once, and then every so often', async () => {
  const clock = new WatchedClock(1000)
  const probe = new SourceProbe(
    periodic(() => clock.now(), { every: '1s' }),
    clock,
  )
  for (let round = 0; round < 3; round++) await clock.round(1000)
  assert.deepEqual(await probe.stop(), [1000, 2000, 3000, 4000])
})

test('what the work takes does not shift the times after it', async () => {
  const clock = new WatchedClock(0)
  const probe = new SourceProbe(
    periodic(
      () => {
        clock.advance(300)
        return clock.now()
      },
      { every: '1s' },
    ),
    clock,
  )
  for (let round = 0; round < 2; round++) await clock.round(700)
  assert.deepEqual(await probe.stop(), [300, 1300, 2300])
})

test('times that pass while an element is held back are left out', async () => {
  const clock = new WatchedClock(0)
  const probe = new SourceProbe(
    periodic(() => clock.now(), { every: 100 }),
    clock,
  ).hold()
  await probe.until(1)
  clock.advance(350)
  probe.release()
  await clock.round(50)
  assert.deepEqual(await probe.stop(), [0, 400])
})

test('an async function is waited for, and a stop does not wait for it', async () => {
  const never = new Promise<number>(() => {})
  let calls = 0
  const probe = new SourceProbe(periodic(() => (calls++ === 0 ? 1 : never), { every: 1 }))
  await probe.until(1)
  assert.deepEqual(await probe.stop(), [1])
})

test('what the function throws ends the run', async () => {
  const probe = new SourceProbe(
    periodic(
      () => {
        throw new Error('sensor gone')
      },
      { every: 1, name: 'sensor' },
    ),
  )
  await assert.rejects(probe.done, {
    code: 'STEP_FAILED',
    message: 'sensor: the function threw: sensor gone',
  })
})

test('no time between calls is refused', () => {
  assert.throws(() => periodic(() => 1, { every: 0 }), {
    code: 'OPTION_INVALID',
    message: 'periodic: every is 0; it must be longer than 0',
  })
})
