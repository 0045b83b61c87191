import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock } from './clock.ts'
import { systemClock } from './system-clock.ts'

test('a manual clock stands still until it is moved', () => {
  const clock = new ManualClock(1000)
  assert.deepEqual([clock.now(), clock.monotonic()], [1000, 0])
  clock.advance(250)
  assert.deepEqual([clock.now(), clock.monotonic()], [1250, 250])
})

test('the time of day may jump back while the monotonic clock does not', () => {
  const clock = new ManualClock(1000)
  clock.advance(10)
  clock.jumpTo(500)
  assert.deepEqual([clock.now(), clock.monotonic()], [500, 10])
})

test('sleepers wake in the order of their times, only when these have come', async () => {
  const clock = new ManualClock()
  const woken: string[] = []
  const sleeps = [
    clock.sleep(30).then(() => woken.push('late')),
    clock.sleep(10).then(() => woken.push('early')),
    clock.sleep(20).then(() => woken.push('middle')),
  ]
  clock.advance(9)
  await clock.yield()
  assert.deepEqual(woken, [])
  clock.advance(21)
  await Promise.all(sleeps)
  assert.deepEqual(woken, ['early', 'middle', 'late'])
})

test('a jump of the time of day wakes nobody', async () => {
  const clock = new ManualClock()
  let woken = false
  void clock.sleep(10).then(() => {
    woken = true
  })
  clock.jumpTo(1_000_000)
  await clock.yield()
  assert.equal(woken, false)
})

for (const [name, clock] of [
  ['manual', new ManualClock()],
  ['system', systemClock],
] as const) {
  test(`on the ${name} clock an aborted sleep ends at once and does not reject`, async () => {
    const abort = new AbortController()
    const sleep = clock.sleep(60_000, abort.signal)
    abort.abort()
    await sleep
    await clock.sleep(60_000, abort.signal)
  })
}

test('sleeping for no time on a manual clock needs no advance', async () => {
  await new ManualClock().sleep(0)
})

test('the system clock never goes backwards', async () => {
  const before = systemClock.monotonic()
  await systemClock.sleep(2)
  assert.ok(systemClock.monotonic() > before)
  assert.ok(Number.isInteger(systemClock.now()))
})

test('a sleep of many days does not end at once, as a timer of the machine would', async () => {
  const stop = new AbortController()
  let isOver = false
  const long = systemClock.sleep(30 * 24 * 3_600_000, stop.signal).then(() => {
    isOver = true
  })
  await systemClock.sleep(5)
  assert.equal(isOver, false)
  stop.abort()
  await long
})
