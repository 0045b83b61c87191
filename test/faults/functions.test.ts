/** Functions of users that never return, eat the heap, or throw now and then: nothing is lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openBroker, runWorkers } from '../../src/index.ts'
import type { SluiceEvent } from '../../src/observe/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { Place } from '../cli/command.ts'
import { countsOf, expectedCounts, readings } from './readings.ts'

const FAULTY = fileURLToPath(new URL('./programs/faulty.ts', import.meta.url))
const READINGS = 300
const HUNGRY = 3000

test('a function that never returns: the app stops when it is told to, and goes on once it is mended', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, readings(READINGS))
  const stuck = place.start(['run', FAULTY], { FAULT: 'spin' })
  await stuck.says('spinning')
  const since = performance.now()
  stuck.child.kill('SIGTERM')
  const { code } = await stuck.ended
  assert.equal(code, 143)
  assert.ok(performance.now() - since < 5000)
  const mended = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(mended.code, 0, mended.stderr)
  assert.deepEqual(await countsOf(place), expectedCounts(READINGS))
})

test('a worker in a function that never returns ends when its supervisor is killed', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, readings(READINGS))
  const stuck = place.start(['run', FAULTY], { FAULT: 'spin' })
  await stuck.says('spinning')
  const holder = (await place.broker(broker => broker.group('faulty').fact('holder'))) as Holder
  const worker = holder.workers[0]?.pid ?? 0
  assert.ok(isAlive(worker))
  stuck.child.kill('SIGKILL')
  const since = performance.now()
  while (isAlive(worker)) {
    assert.ok(performance.now() - since < 10_000, 'the worker goes on alone')
    await wait(50)
  }
})

test('among several, a worker that does not answer is killed with the reason, and started again', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, readings(READINGS))
  const events: SluiceEvent[] = []
  const told = new AbortController()
  process.env['FAULT'] = 'spin'
  const { default: app } = (await import(FAULTY)) as { default: Parameters<typeof runWorkers>[0] }
  const broker = await openBroker(place.url)
  await runWorkers(app, broker, {
    workers: 2,
    module: FAULTY,
    workerTimeoutMs: 1500,
    signal: told.signal,
    publish: event => {
      events.push(event)
      if (event.type === 'lifecycle' && event.state === 'failed') told.abort()
    },
  })
  delete process.env['FAULT']
  await broker.close()
  const failed = events.find(event => event.type === 'lifecycle' && event.state === 'failed')
  assert.ok(failed?.type === 'lifecycle')
  assert.match(
    failed.detail,
    /killed, as it did not answer for 2s: does a function of the program take so long/,
  )
  const mended = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(mended.code, 0, mended.stderr)
  assert.deepEqual(await countsOf(place), expectedCounts(READINGS))
})

test('a function that eats the heap is told of before the worker dies, and the worker is started again', async t => {
  const place = new Place(t)
  const hungry = Array.from({ length: HUNGRY }, (_, index) => ({
    sensor: 'abc'.charAt(index % 3),
    value: 13,
  }))
  await place.topic('readings', 2, hungry)
  const eating = place.start(['run', FAULTY], {
    FAULT: 'heap',
    NODE_OPTIONS: '--max-old-space-size=150',
  })
  await eating.says('starts again')
  eating.child.kill('SIGKILL')
  const { stderr } = await eating.ended
  assert.match(stderr, /the heap is \d+ % full, \d+ of \d+ MB; /)
  assert.ok(stderr.indexOf('the heap is') < stderr.indexOf('starts again'))
  const mended = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(mended.code, 0, mended.stderr)
  assert.deepEqual(await countsOf(place), expectedCounts(HUNGRY))
})

test('a program that ends its process each time ends a run that is to end, with the place', async t => {
  const place = new Place(t)
  await place.topic('readings', 1, readings(READINGS))
  const { code, stderr } = await place.run(['run', FAULTY, '--until-caught-up'], '', { FAULT: 'exit' })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /worker 0 died 5 times \(exit code 3\) without a commit in between: .*look at .*readings\/0 from offset \d+ on/,
  )
  const mended = await place.run(['run', FAULTY, '--until-caught-up'])
  assert.equal(mended.code, 0, mended.stderr)
  assert.deepEqual(await countsOf(place), expectedCounts(READINGS))
})

test('a function that throws now and then is tried again, and every result is there once', async t => {
  const place = new Place(t)
  await place.topic('readings', 2, readings(READINGS))
  const { code, stderr } = await place.run(['run', FAULTY, '--until-caught-up', '--workers', '2'], '', {
    FAULT: 'sometimes',
  })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /trying again: .*not this time/)
  assert.deepEqual(await countsOf(place), expectedCounts(READINGS))
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
