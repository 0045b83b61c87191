/** Input that is wrong: a clear error that names place, finding and fix, and nothing lost. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, type ErrorPolicy, json, MemoryBroker, runProgram, type SluiceEvent, tumbling } from 'sluice'
import { BatchBuilder, BatchCursor } from '../../src/broker/index.ts'

const T0 = Date.now() - 60_000

interface Case {
  readonly name: string
  readonly key?: string
  /** The bytes of the bad record; null for a tombstone. */
  readonly bad: string | null
  readonly error: RegExp
}

const CASES: readonly Case[] = [
  {
    name: 'bytes that are no JSON',
    bad: '{"sensor":"a",',
    error: /step "readings" failed \(readings\/0 at offset 1\): .*JSON/,
  },
  { name: 'an empty value', bad: '', error: /step "readings" failed \(readings\/0 at offset 1\)/ },
  { name: 'a tombstone', bad: null, error: /offset 1\): the record has no value/ },
  {
    name: 'a field of a wrong type',
    bad: reading({ value: 'x' }),
    error: /field "value" is "x" \(string\); expected number/,
  },
  {
    name: 'a missing field',
    bad: JSON.stringify({ sensor: 'a', time: T0 }),
    error: /field "value" is missing/,
  },
  { name: 'NaN', bad: `{"sensor":"a","time":${T0},"value":NaN}`, error: /JSON/ },
  {
    name: 'a time in seconds',
    bad: reading({ time: Math.floor(T0 / 1000) }),
    error: /looks like seconds.*multiply by 1000/,
  },
  {
    name: 'a time in the year 5000',
    bad: reading({ time: Date.UTC(5000, 0) }),
    error: /5000-01-01T00:00:00.000Z, more than maxAhead/,
  },
  {
    name: 'a key function that gives undefined',
    bad: reading({ sensor: '' }),
    error: /keyBy: the function gave undefined; expected a string/,
  },
  { name: 'a function that throws', bad: reading({ value: -1 }), error: /on key "a" .*RangeError: negative/ },
]

for (const { name, bad, error } of CASES) {
  test(`${name} stops the app with an error that names the place, and nothing is lost`, async () => {
    const broker = await brokerWith([reading({}), bad, reading({ value: 2 })])
    await assert.rejects(runProgram(program('fail'), broker, { mode: 'drain' }), { message: error })
    const events: SluiceEvent[] = []
    const publish = (event: SluiceEvent): void => void events.push(event)
    await runProgram(program('deadLetter'), broker, { mode: 'drain', publish })
    assert.deepEqual(await values(broker, 'sums'), ['{"sensor":"a","sum":3}'])
    assert.deepEqual(await values(broker, 'bad-input-dead-letters'), [bad])
    const told = events.filter(event => event.type === 'error')
    assert.equal(told.length, 1)
    assert.match(told[0]?.message ?? '', error)
    assert.equal(told[0]?.action, 'deadLettered')
  })

  test(`${name} is counted and passed over under skip`, async () => {
    const broker = await brokerWith([reading({}), bad, reading({ value: 2 })])
    const events: SluiceEvent[] = []
    await runProgram(program('skip'), broker, { mode: 'drain', publish: event => void events.push(event) })
    assert.deepEqual(await values(broker, 'sums'), ['{"sensor":"a","sum":3}'])
    assert.equal(events.findLast(event => event.type === 'progress')?.skipped, 1)
  })
}

test('a topic that does not exist is named, with the command that makes it', async () => {
  const app = new App('lost')
  app.stream(app.topic('nowhere')).print()
  await assert.rejects(runProgram(app, new MemoryBroker()), {
    code: 'TOPIC_UNKNOWN',
    message: /topic "nowhere".*does not exist.*sluice topic create nowhere --partitions N/,
  })
})

test('a program with a duplicate step id is refused while it is built', () => {
  const app = new App('twice')
  const stream = app.stream(app.topic('readings')).map(x => x, { id: 'same' })
  assert.throws(() => stream.map(x => x, { id: 'same' }), {
    code: 'STEP_ID_DUPLICATE',
    message: 'step "same" appears twice in app "twice"; step ids must be unique: rename one',
  })
})

test('eventTime behind a keyBy is refused, with the place where it belongs', () => {
  const app = new App('behind')
  const topic = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number' }),
    keyedBy: 'sensor',
  })
  app
    .stream(topic)
    .keyBy('sensor')
    .eventTime(r => r.time)
    .print()
  assert.throws(() => app.graph(), {
    code: 'GRAPH_INVALID',
    message: /behind "readings.keyBy".*next to the source/,
  })
})

test('state of another version of the program is refused step by step, and can be dropped by name', async () => {
  const broker = await brokerWith([reading({})])
  await runProgram(windowProgram('5s'), broker, { mode: 'untilCaughtUp' })
  const wider = windowProgram('10s')
  await assert.rejects(runProgram(wider, broker, { mode: 'untilCaughtUp' }), {
    code: 'STATE_MISMATCH',
    message:
      /step "readings.count" was "window tumbling\(5000\) count:1" and is now "window tumbling\(10000\) count:1".*--drop-state readings.count/,
  })
  await runProgram(windowProgram('5s'), broker, { mode: 'untilCaughtUp' })
  await runProgram(wider, broker, { mode: 'drain', dropState: ['readings.count'] })
  await assert.rejects(runProgram(wider, broker, { dropState: ['nothing'] }), /no state of a step "nothing"/)
})

test('another number of shards is refused while there is state', async () => {
  const broker = await brokerWith([reading({})])
  await runProgram(new WithShards(2), broker, { mode: 'untilCaughtUp' })
  await assert.rejects(runProgram(new WithShards(3), broker), {
    code: 'STATE_MISMATCH',
    message: /first run with 2 shards.*now says 3/,
  })
})

test('a topic written with another partitioner than it says is an error that names the key', async () => {
  const broker = new MemoryBroker()
  await broker.createTopic({ name: 'readings', partitions: 3, kind: 'user' })
  const appends = [0, 1, 2].map(partition => ({
    topic: 'readings',
    partition,
    batch: batchOf([reading({ sensor: 'x' })]),
  }))
  await broker.produce(appends)
  const app = new App('misplaced')
  const topic = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number' }),
    keyedBy: 'sensor',
  })
  const sums = app
    .stream(topic)
    .eventTime(r => r.time)
    .keyBy('sensor')
    .window(tumbling('5s'))
    .count({ onError: 'skip' })
  sums.print()
  await assert.rejects(runProgram(app, broker, { mode: 'drain' }), {
    code: 'KEY_MISPLACED',
    message: /key "x" belongs to shard . of 3, but came by partition .*murmur2/,
  })
})

class WithShards extends App {
  constructor(shards: number) {
    super('sharded', { shards })
    const topic = this.topic('readings', { value: json({ sensor: 'string' }) })
    this.stream(topic).keyBy('sensor').running().count().print()
  }
}

function windowProgram(size: string): App {
  const app = new App('versions')
  const topic = app.topic('readings', { value: json({ sensor: 'string', time: 'number' }) })
  app
    .stream(topic)
    .eventTime(r => r.time)
    .keyBy(r => r.sensor)
    .window(tumbling(size))
    .count()
    .print()
  return app
}

function program(onError: ErrorPolicy): App {
  const app = new App('bad-input', { onError })
  const readings = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number', value: 'number' }),
  })
  app
    .stream(readings)
    .eventTime(r => r.time)
    .keyBy(r => (r.sensor === '' ? (undefined as unknown as string) : r.sensor))
    .window(tumbling('1d'))
    .sum(r => {
      if (r.value < 0) throw new RangeError('negative')
      return r.value
    })
    .map(({ key, value }) => ({ sensor: key, sum: value }))
    .to(app.topic('sums', { value: json({ sensor: 'string', sum: 'number' }) }))
  return app
}

function reading(fields: {
  readonly sensor?: string
  readonly time?: number
  readonly value?: unknown
}): string {
  return JSON.stringify({ sensor: 'a', time: T0, value: 1, ...fields })
}

async function brokerWith(records: readonly (string | null)[]): Promise<MemoryBroker> {
  const broker = new MemoryBroker()
  await broker.createTopic({ name: 'readings', partitions: 1, kind: 'user' })
  await broker.produce([{ topic: 'readings', partition: 0, batch: batchOf(records) }])
  return broker
}

function batchOf(records: readonly (string | null)[]) {
  const builder = new BatchBuilder()
  for (const record of records) builder.append(null, record === null ? null : Buffer.from(record), T0)
  const batch = builder.build()
  assert.ok(batch !== undefined)
  return batch
}

async function values(broker: MemoryBroker, topic: string): Promise<readonly (string | null)[]> {
  const found: (string | null)[] = []
  const cursor = new BatchCursor()
  for (const [partition] of (await broker.partitions(topic)).entries()) {
    const reader = broker.reader(topic, partition, 0)
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) found.push(cursor.value()?.toString() ?? null)
    }
  }
  return found
}
