import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchCursor, type Broker, MemoryBroker } from '../broker/index.ts'
import { json, shardOf, string } from '../codec/index.ts'
import { Topic } from '../operators/index.ts'
import { ManualClock } from '../time/index.ts'
import { Producer } from './producer.ts'

const reading = json({ sensor: 'string', value: 'number' })
const readings = new Topic('readings', { value: reading, keyedBy: 'sensor', partitions: 4 })
const lines = new Topic('lines', { value: string(), partitions: 3 })

interface Found {
  readonly partition: number
  readonly key: string | undefined
  readonly value: string
  readonly timestamp: number
}

async function recordsOf(broker: Broker, topic: string): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const partition of (await broker.partitions(topic)).keys()) {
    const reader = broker.reader(topic, partition, 0)
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      const cursor = new BatchCursor()
      cursor.load(batch)
      while (cursor.next()) {
        const { timestamp } = cursor
        const value = String(cursor.value())
        found.push({ partition, key: cursor.key()?.toString(), value, timestamp })
      }
    }
    reader.close()
  }
  return found
}

test('the key is the field by which the topic is keyed, and decides the partition as in Kafka', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, readings, { clock: new ManualClock(1000) })
  await producer.send({ sensor: 'a', value: 1.5 })
  await producer.send({ sensor: 'grün', value: 2 })
  await producer.close()
  const place = (key: string) => shardOf(Buffer.from(key), 4)
  const expected = [
    { partition: place('a'), key: 'a', value: '{"sensor":"a","value":1.5}', timestamp: 1000 },
    { partition: place('grün'), key: 'grün', value: '{"sensor":"grün","value":2}', timestamp: 1000 },
  ]
  assert.deepEqual(
    await recordsOf(broker, 'readings'),
    expected.sort((one, other) => one.partition - other.partition),
  )
})

test('without a key, partitions take turns', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, lines)
  for (const line of ['a', 'b', 'c', 'd']) await producer.send(line)
  await producer.close()
  const found = (await recordsOf(broker, 'lines')).map(({ partition, value }) => `${partition} ${value}`)
  assert.deepEqual(found, ['0 a', '0 d', '1 b', '2 c'])
})

test('key, timestamp and partition can be said for a record', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, lines)
  await producer.send('here', { key: 7, timestamp: -5, partition: 2 })
  await producer.close()
  assert.deepEqual(await recordsOf(broker, 'lines'), [
    { partition: 2, key: '7', value: 'here', timestamp: -5 },
  ])
})

test('nothing is in the topic before the flush', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, lines)
  await producer.send('later')
  assert.deepEqual(await recordsOf(broker, 'lines'), [])
  await producer.flush()
  assert.equal((await recordsOf(broker, 'lines')).length, 1)
})

test('much that was sent is written without a flush', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, lines, { batchBytes: 100 })
  for (let count = 0; count < 100; count++) await producer.send(`line ${count}`)
  assert.ok((await recordsOf(broker, 'lines')).length >= 90)
})

test('a flush that failed is made up for by the next one, in order', async t => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, lines)
  await producer.send('one', { partition: 0 })
  const produce = t.mock.method(broker, 'produce', async () => {
    throw new Error('away')
  })
  await assert.rejects(producer.flush(), /away/)
  produce.mock.restore()
  await producer.send('two', { partition: 0 })
  await producer.close()
  assert.deepEqual(
    (await recordsOf(broker, 'lines')).map(record => record.value),
    ['one', 'two'],
  )
})

test('a topic that is missing and does not say how many partitions is refused', async () => {
  const producer = new Producer(new MemoryBroker(), new Topic('nowhere', { value: string() }))
  await assert.rejects(producer.send('lost'), {
    code: 'TOPIC_UNKNOWN',
    message: /sluice topic create nowhere --partitions N/,
  })
})

test('a value that cannot be written is refused by name, and the others are sent', async () => {
  const broker = new MemoryBroker()
  const producer = new Producer(broker, readings)
  // @ts-expect-error: the value is no number
  const refused = producer.send({ sensor: 'a', value: 'high' })
  await assert.rejects(refused, { code: 'ENCODE_FAILED', message: /topic "readings": .*value/ })
  // @ts-expect-error: the field by which the topic is keyed is missing
  await assert.rejects(producer.send({ value: 1 }), { code: 'KEY_INVALID', message: /field "sensor"/ })
  await producer.send({ sensor: 'a', value: 2 })
  await producer.close()
  assert.equal((await recordsOf(broker, 'readings')).length, 1)
})

test('a partition or timestamp that cannot be is refused', async () => {
  const producer = new Producer(new MemoryBroker(), lines)
  await assert.rejects(producer.send('x', { partition: 3 }), /partition is 3; expected 0 to 2/)
  await assert.rejects(producer.send('x', { timestamp: 0.5 }), /timestamp is 0.5; expected whole epoch/)
})

test('a closed producer takes nothing more', async () => {
  const producer = new Producer(new MemoryBroker(), lines)
  await producer.close()
  await assert.rejects(producer.send('too late'), /the producer of topic "lines" is closed/)
})
