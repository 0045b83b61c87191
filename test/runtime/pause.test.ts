/** A paused app stands still in time: no partition becomes idle by it, and no window closes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, json, MemoryBroker, Producer, pauseApp, resumeApp, runProgram, tumbling } from 'sluice'
import { ManualClock, systemClock } from '../../src/time/index.ts'

const SECOND = 1000

test('after a pause the quiet of partitions begins anew', async () => {
  const clock = new ManualClock(1_700_000_000_000)
  const broker = new MemoryBroker({ clock })
  const app = new App('paused')
  const readings = app.topic('readings', { value: json({ sensor: 'string', time: 'number' }), partitions: 2 })
  const closed = app
    .stream(readings)
    .eventTime(r => r.time, { idleAfter: '10s' })
    .keyBy('sensor')
    .window(tumbling('1s'))
    .count()
    .toArray()
  const producer = new Producer(broker, readings)
  // One partition is far ahead; the other holds its windows until it is idle.
  await producer.send({ sensor: 'a', time: 0 }, { partition: 0 })
  await producer.send({ sensor: 'a', time: 60 * SECOND }, { partition: 0 })
  await producer.send({ sensor: 'b', time: 0 }, { partition: 1 })
  await producer.close()

  const states: string[] = []
  const stop = new AbortController()
  const run = runProgram(app, broker, {
    clock,
    signal: stop.signal,
    publish: event => {
      if (event.type === 'lifecycle') states.push(event.state)
    },
  })
  /** Moves the clock so far, in steps, and lets the app do what is due at each. */
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 500) {
      clock.advance(500)
      for (let turn = 0; turn < 20; turn++) await systemClock.yield()
    }
  }
  await pass(5 * SECOND)
  assert.equal(states.at(-1), 'running')
  await pauseApp(broker, 'paused')
  await pass(600 * SECOND)
  assert.equal(states.at(-1), 'paused')
  assert.deepEqual(closed, [])
  assert.equal(await resumeApp(broker, 'paused'), true)
  await pass(8 * SECOND)
  assert.equal(states.at(-1), 'running')
  assert.deepEqual(closed, [])
  await pass(5 * SECOND)
  assert.deepEqual(
    closed.map(({ key }) => String(key)).sort((a, b) => a.localeCompare(b)),
    ['a', 'b'],
  )
  stop.abort()
  await run
})
