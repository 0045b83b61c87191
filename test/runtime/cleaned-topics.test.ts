/** Apps on topics from which retention and compaction remove records. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, json, ManualClock, MemoryBroker, Producer, runProgram, string } from 'sluice'
import { type Broker, TOMBSTONE_MS } from '../../src/broker/index.ts'
import { makeRuled, turns, turnsUntil } from '../../src/testing/broker-conformance/cleaning.ts'
import { append, readAll } from '../../src/testing/broker-conformance/fixture.ts'
import { systemClock } from '../../src/time/index.ts'

const PADDING = 'x'.repeat(500)

test('the topics that a run makes have the rules of the program', async () => {
  const broker = new MemoryBroker()
  const app = new App('rules')
  const input = app.topic('in', { value: string(), partitions: 2, retention: { age: '7d', bytes: 1e9 } })
  const output = app.topic('out', { value: string(), compact: true, retention: { age: '1h', force: true } })
  app.stream(input).to(output)
  await runProgram(app, broker, { mode: 'untilCaughtUp' })
  assert.deepEqual(await broker.topics(), [
    { name: 'in', partitions: 2, kind: 'user', retention: { ageMs: 7 * 86_400_000, bytes: 1e9 } },
    { name: 'out', partitions: 2, kind: 'user', retention: { ageMs: 3_600_000, force: true }, compact: true },
  ])
  await broker.alterTopic('in', { compact: true })
  await runProgram(app, broker, { mode: 'untilCaughtUp' })
  assert.deepEqual(await broker.topic('in'), { name: 'in', partitions: 2, kind: 'user', compact: true })
})

test('so has a topic that a producer makes', async () => {
  const broker = new MemoryBroker()
  const app = new App('rules')
  const topic = app.topic('in', { value: string(), partitions: 1, compact: true })
  const producer = new Producer(broker, topic)
  await producer.send('a')
  await producer.close()
  assert.equal((await broker.topic('in'))?.compact, true)
})

test('rules that are none are refused while the program is built', () => {
  const app = new App('rules')
  const invalid = (message: RegExp): object => ({ code: 'OPTION_INVALID', message })
  assert.throws(
    () => app.topic('a', { value: string(), retention: { age: 'a week' } }),
    invalid(/topic "a": retention\.age is "a week"/),
  )
  assert.throws(
    () => app.topic('a', { value: string(), retention: { bytes: 0 } }),
    invalid(/retention\.bytes is 0; expected a whole number above 0/),
  )
  // @ts-expect-error: not an option
  assert.throws(() => app.topic('a', { value: string(), retention: { days: 7 } }), invalid(/days/))
})

test('an app reads a compacted topic to its end, also where nothing is left at the end', async () => {
  const clock = new ManualClock(1_700_000_000_000)
  const broker = new MemoryBroker({ clock })
  await makeRuled(broker, { compact: true })
  const collected = collectingApp()
  await broker.produce([append('readings', 0, { key: 'first', value: '{"n":0}' })])
  for (let n = 1; n <= 300; n++) {
    await broker.produce([append('readings', 0, { key: 'k', value: JSON.stringify({ n, PADDING }) })])
  }
  await broker.produce([append('readings', 0, { key: 'k', value: null })])
  clock.advance(2 * TOMBSTONE_MS)
  await turnsUntil(broker, clock, async () => readAll(broker, 'readings').length === 1)

  await runProgram(collected.app, broker, { mode: 'untilCaughtUp' })
  assert.deepEqual(collected.seen(), [0])
  assert.deepEqual(await positionOf(broker), 302)
  await broker.produce([append('readings', 0, { key: 'k', value: '{"n":1000}' })])
  const next = collectingApp()
  await runProgram(next.app, broker, { mode: 'drain' })
  assert.deepEqual(next.seen(), [1000])
})

test('records are compacted under a running app, which gets every last one once', async () => {
  const clock = new ManualClock()
  const broker = new MemoryBroker({ clock })
  await makeRuled(broker, { compact: true })
  const { app, seen } = collectingApp()
  const stop = new AbortController()
  const running = runProgram(app, broker, { signal: stop.signal })
  for (let n = 0; n < 1000; n++) {
    const key = `k${n % 7}`
    await broker.produce([append('readings', 0, { key, value: JSON.stringify({ n, PADDING }) })])
    if (n % 10 === 0) await turns(broker, clock, 1)
  }
  while (seen().at(-1) !== 999) await systemClock.yield()
  stop.abort()
  await running
  const all = seen()
  assert.deepEqual(
    all,
    [...new Set(all)].toSorted((a, b) => a - b),
    'in order and once',
  )
  assert.equal(readAll(broker, 'readings').length < 500, true)
})

test('an app that retention has passed by force fails with the remedy', async () => {
  const clock = new ManualClock()
  const broker = new MemoryBroker({ clock })
  await makeRuled(broker, { retention: { bytes: 10, force: true } })
  await broker.produce([append('readings', 0, '{"n":0}')])
  const before = collectingApp()
  await runProgram(before.app, broker, { mode: 'untilCaughtUp' })
  for (let n = 1; n < 6; n++) await broker.produce([append('readings', 0, JSON.stringify({ n }))])
  await turnsUntil(broker, clock, async () => (await broker.partitions('readings'))[0]?.start === 5)
  await assert.rejects(runProgram(collectingApp().app, broker, { mode: 'untilCaughtUp' }), {
    code: 'OFFSET_OUT_OF_RANGE',
    message: /offset 1 of topic "readings", partition 0 has been removed.*holds offsets from 5.*group skip/,
  })
})

test('an app whose topic was deleted and made again does not take the new one for read', async () => {
  for (const mode of ['untilCaughtUp', 'drain'] as const) {
    const broker = new MemoryBroker()
    await makeRuled(broker, {})
    for (let n = 0; n < 3; n++) await broker.produce([append('readings', 0, JSON.stringify({ n }))])
    await runProgram(collectingApp().app, broker, { mode: 'untilCaughtUp' })
    await broker.deleteTopic('readings')
    await makeRuled(broker, {})
    await broker.produce([append('readings', 0, '{"n":7}')])
    const { app, seen } = collectingApp()
    await assert.rejects(runProgram(app, broker, { mode }), {
      code: 'OFFSET_OUT_OF_RANGE',
      message: /offset 3 of topic "readings", partition 0 is after the end.*group reset/,
    })
    assert.deepEqual(seen(), [])
  }
})

test('a step that is dropped holds up the retention of its topic no longer', async () => {
  const clock = new ManualClock()
  const broker = new MemoryBroker({ clock })
  await makeRuled(broker, { retention: { ageMs: 1 } })
  await broker.produce([append('readings', 0, '{"n":0}'), append('readings', 0, '{"n":1}')])
  const before = collectingApp()
  await runProgram(before.app, broker, { mode: 'untilCaughtUp' })
  await broker.produce([append('readings', 0, '{"n":2}')])
  const app = new App('collecting')
  app.stream(app.topic('tick', { value: string() })).print()
  await turns(broker, clock, 5)
  assert.equal((await broker.partitions('readings'))[0]?.start, 2)
  await runProgram(app, broker, { mode: 'untilCaughtUp', dropState: ['readings'] })
  await turnsUntil(broker, clock, async () => (await broker.partitions('readings'))[0]?.start === 3)
})

function collectingApp(): { readonly app: App; readonly seen: () => readonly number[] } {
  const app = new App('collecting')
  const numbers = app.stream(app.topic('readings', { value: json({ n: 'number' }), onError: 'skip' }))
  const seen = numbers.toArray()
  return { app, seen: () => seen.map(({ n }) => n) }
}

async function positionOf(broker: Broker): Promise<number | undefined> {
  const positions = await broker.group('collecting').positions()
  return positions.find(({ step }) => step === 'readings')?.next
}
