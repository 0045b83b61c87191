/** Topics: making, finding, refusing, deleting. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, makeTopic, type OpenBroker, valuesOf } from './fixture.ts'

export function topicChecks(open: OpenBroker): void {
  test('a topic is made once and then found', async t => {
    const { broker } = await open(t)
    const topic = { name: 'readings', partitions: 3, kind: 'user' } as const
    assert.equal(await broker.createTopic(topic), true)
    assert.equal(await broker.createTopic(topic), false)
    assert.deepEqual(await broker.topic('readings'), topic)
    assert.equal(await broker.topic('other'), undefined)
  })

  test('topics are listed by name, with their kinds', async t => {
    const { broker } = await open(t)
    const topics = [
      { name: 'a', partitions: 1, kind: 'changelog' },
      { name: 'b', partitions: 2, kind: 'repartition' },
      { name: 'c', partitions: 1, kind: 'snapshot' },
      { name: 'd', partitions: 4, kind: 'user' },
    ] as const
    for (const topic of topics.toReversed()) await broker.createTopic(topic)
    assert.deepEqual(await broker.topics(), topics)
  })

  test('a topic of another size or kind under the same name is refused', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings', 2)
    await assert.rejects(broker.createTopic({ name: 'readings', partitions: 3, kind: 'user' }), {
      code: 'TOPIC_EXISTS',
    })
    await assert.rejects(broker.createTopic({ name: 'readings', partitions: 2, kind: 'changelog' }), {
      code: 'TOPIC_EXISTS',
    })
  })

  for (const name of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)]) {
    test(`the topic name ${JSON.stringify(name.slice(0, 10))} (${name.length} characters) is refused`, async t => {
      const { broker } = await open(t)
      await assert.rejects(broker.createTopic({ name, partitions: 1, kind: 'user' }), {
        code: 'TOPIC_INVALID',
      })
    })
  }

  for (const partitions of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1_000_000]) {
    test(`${partitions} partitions are refused`, async t => {
      const { broker } = await open(t)
      await assert.rejects(broker.createTopic({ name: 'readings', partitions, kind: 'user' }), {
        code: 'TOPIC_INVALID',
      })
    })
  }

  test('an unknown topic or partition is an error that names it', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings', 2)
    const unknown = { code: 'TOPIC_UNKNOWN', message: /"missing"/ }
    await assert.rejects(broker.partitions('missing'), unknown)
    await assert.rejects(broker.resolve('missing', 0, { kind: 'earliest' }), unknown)
    await assert.rejects(broker.produce([append('missing', 0, 'x')]), unknown)
    assert.throws(() => broker.reader('missing', 0, 0), unknown)
    await assert.rejects(broker.produce([append('readings', 2, 'x')]), {
      code: 'TOPIC_UNKNOWN',
      message: /partition 2/,
    })
    assert.throws(() => broker.reader('readings', 2, 0), {
      code: 'TOPIC_UNKNOWN',
      message: /partitions 0 to 1/,
    })
  })

  test('a deleted topic is gone with its records, also for those who read it', async t => {
    const { broker } = await open(t)
    await makeTopic(broker, 'readings')
    await broker.produce([append('readings', 0, 'old')])
    const reader = broker.reader('readings', 0, 1)
    await broker.deleteTopic('readings')
    await broker.deleteTopic('readings')
    assert.equal(await broker.topic('readings'), undefined)
    await makeTopic(broker, 'readings')
    assert.throws(() => reader.poll(), { code: 'TOPIC_UNKNOWN' })
    await broker.produce([append('readings', 0, 'new')])
    assert.deepEqual(valuesOf(broker, 'readings'), ['new'])
  })
}
