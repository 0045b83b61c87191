/** Retention: what goes, what stays, and who holds it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Broker, CLEAN_EVERY_MS, type Retention, type TopicRules } from '../../broker/index.ts'
import { ManualClock, systemClock } from '../../time/index.ts'
import { advance, append, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

const HOUR_MS = 3_600_000

export function cleaningChecks(open: OpenBroker): void {
  test('the rules of a topic are kept, shown, replaced and taken away', async t => {
    const under = await open(t)
    const retention = { ageMs: 7 * 24 * HOUR_MS, bytes: 1e9, force: true }
    const topic = { name: 'readings', partitions: 2, kind: 'user', retention, compact: true } as const
    await under.broker.createTopic(topic)
    assert.deepEqual(await under.broker.topic('readings'), topic)
    // somebody who has no wishes, or others, finds it as it is
    assert.equal(await under.broker.createTopic({ name: 'readings', partitions: 2, kind: 'user' }), false)
    const broker = await under.reopen()
    assert.deepEqual(await broker.topics(), [topic])
    await broker.alterTopic('readings', { retention: { bytes: 5 }, compact: false })
    assert.deepEqual(await broker.topic('readings'), {
      name: 'readings',
      partitions: 2,
      kind: 'user',
      retention: { bytes: 5 },
    })
    await broker.alterTopic('readings', { retention: { force: true } })
    assert.deepEqual(await broker.topic('readings'), { name: 'readings', partitions: 2, kind: 'user' })
  })

  test('rules that are none are refused, and so are those of topics that belong to an app', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.createTopic({ name: 'app.log', partitions: 1, kind: 'changelog' })
    const bad: readonly Retention[] = [{ ageMs: 0 }, { ageMs: -1 }, { bytes: 1.5 }, { bytes: Number.NaN }]
    for (const retention of bad) {
      const invalid = {
        code: 'TOPIC_INVALID',
        message: /retention by (age|size).*expected a whole number above 0/,
      }
      await assert.rejects(broker.alterTopic('readings', { retention }), invalid)
      await assert.rejects(
        broker.createTopic({ name: 'new', partitions: 1, kind: 'user', retention }),
        invalid,
      )
    }
    await assert.rejects(broker.alterTopic('app.log', { compact: true }), {
      code: 'TOPIC_INVALID',
      message: /"app\.log".*changelog topic/,
    })
    await assert.rejects(broker.alterTopic('missing', { compact: true }), { code: 'TOPIC_UNKNOWN' })
  })

  test('batches that were appended too long ago go, whatever the times of their records', async t => {
    const clock = new ManualClock(HOUR_MS)
    const { broker } = await open(t, clock)
    await makeRuled(broker, { retention: { ageMs: 1000 } })
    await broker.produce([append('readings', 0, { value: 'a', timestamp: 9e12 }, 'b')])
    clock.advance(900)
    await broker.produce([append('readings', 0, { value: 'c', timestamp: 0 })])
    await turn(broker, clock, 50)
    assert.deepEqual(valuesOf(broker, 'readings'), ['a', 'b', 'c'])
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 2)
    assert.deepEqual(valuesOf(broker, 'readings', 0, 2), ['c'])
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 3)
    assert.deepEqual(await bounds(broker), { start: 3, end: 3, bytes: 0 })
    assert.deepEqual(await broker.produce([append('readings', 0, 'next')]), [3])
  })

  test('a partition that holds too much loses its oldest batches, and never the newest', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { retention: { bytes: 2500 } })
    for (let index = 0; index < 6; index++)
      await broker.produce([append('readings', 0, String(index).repeat(1000))])
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 4)
    await turns(broker, clock, 5)
    assert.equal((await bounds(broker)).start, 4)
    await broker.produce([append('readings', 0, 'x'.repeat(5000))])
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 6)
    await turns(broker, clock, 5)
    assert.deepEqual(valuesOf(broker, 'readings', 0, 6), ['x'.repeat(5000)])
  })

  test('much that is old goes in small steps', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { retention: { ageMs: 1 } })
    await broker.produce(Array.from({ length: 300 }, (_, index) => append('readings', 0, String(index))))
    await turn(broker, clock)
    const { start } = await bounds(broker)
    assert.equal(start > 0 && start < 150, true, `one turn came up to offset ${start}`)
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 300)
  })

  test('what a group has still to read stays, until it has read it, is reset, or forgets the step', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { retention: { ageMs: 1 } })
    for (const value of 'abcdef') await broker.produce([append('readings', 0, value)])
    const claim = (group: string, step: string, initial: number) =>
      broker.group(group).claim([{ step, partition: 0, initial, topic: 'readings' }])
    const [slow] = await claim('slow', 'in', 1)
    await claim('fast', 'in', 4)
    await claim('fast', 'gone', 3)
    await broker.group('elsewhere').claim([{ step: 'in', partition: 0, initial: 0, topic: 'tick' }])
    await turns(broker, clock, 5)
    assert.equal((await bounds(broker)).start, 1)
    await broker.group('slow').commit({ inputs: [advance(slow, 2)], appends: [], purges: [] })
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 2)
    await turns(broker, clock, 5)
    await broker.group('slow').remove()
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 3)
    await turns(broker, clock, 5)
    await broker.group('fast').forget('gone')
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 4)
    await turns(broker, clock, 5)
    assert.deepEqual(valuesOf(broker, 'readings', 0, 4), ['e', 'f'])
  })

  test('retention by force passes a group, whose reader is told what happened', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, { retention: { bytes: 1, force: true } })
    for (const value of 'abc') await broker.produce([append('readings', 0, value)])
    await broker.group('slow').claim([{ step: 'in', partition: 0, initial: 1, topic: 'readings' }])
    const reader = broker.reader('readings', 0, 1)
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 2)
    assert.throws(() => reader.poll(), {
      code: 'OFFSET_OUT_OF_RANGE',
      message:
        /offset 1 of topic "readings", partition 0 has been removed, by its retention.*sluice group skip/,
    })
  })

  test('all partitions of all topics have their turn', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeTopic(broker, 'tick')
    const names = ['a', 'b', 'c']
    for (const name of names)
      await broker.createTopic({ name, partitions: 20, kind: 'user', retention: { ageMs: 1 } })
    const places = names.flatMap(name =>
      Array.from({ length: 20 }, (_, partition) => [name, partition] as const),
    )
    await broker.produce(places.map(([name, partition]) => append(name, partition, 'x')))
    await turnsUntil(broker, clock, async () => {
      const all = await Promise.all(names.map(name => broker.partitions(name)))
      return all.flat().every(({ start }) => start === 1)
    })
  })

  test('a topic without rules loses nothing', async t => {
    const clock = new ManualClock()
    const { broker } = await open(t, clock)
    await makeRuled(broker, {})
    await broker.produce([append('readings', 0, 'a')])
    clock.advance(1000 * 24 * HOUR_MS)
    await turns(broker, clock, 5)
    assert.deepEqual(valuesOf(broker, 'readings'), ['a'])
    await broker.alterTopic('readings', { retention: { ageMs: 24 * HOUR_MS } })
    await turnsUntil(broker, clock, async () => (await bounds(broker)).start === 1)
  })
}

/** Makes `readings` with these rules, and `tick` to append to when a turn is wanted. */
export async function makeRuled(broker: Broker, rules: TopicRules): Promise<void> {
  await makeTopic(broker, 'tick')
  await broker.createTopic({ name: 'readings', partitions: 1, kind: 'user', ...rules })
}

/** Appends something else, which gives the broker a turn to clean. */
export async function turn(
  broker: Broker,
  clock: ManualClock,
  afterMs: number = CLEAN_EVERY_MS,
): Promise<void> {
  clock.advance(afterMs)
  await broker.produce([append('tick', 0, 'x')])
  for (let round = 0; round < 3; round++) await systemClock.yield()
}

export async function turns(broker: Broker, clock: ManualClock, count: number): Promise<void> {
  for (let index = 0; index < count; index++) await turn(broker, clock)
}

/** Gives turns until something is so; one that never comes fails the test. */
export async function turnsUntil(
  broker: Broker,
  clock: ManualClock,
  isDone: () => Promise<boolean>,
): Promise<void> {
  for (let index = 0; index < 200; index++) {
    if (await isDone()) return
    await turn(broker, clock)
  }
  assert.fail('200 turns have not been enough')
}

async function bounds(broker: Broker): Promise<{ start: number; end: number; bytes: number }> {
  const [only] = await broker.partitions('readings')
  return only ?? assert.fail('the topic is gone')
}
