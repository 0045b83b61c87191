/** A worker whose consumers do not keep up stops reading, and goes on when they have caught up. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { App, json, MemoryBroker, msgpack } from 'sluice'
import { BatchBuilder } from '../../src/broker/index.ts'
import { prepareRun, Worker } from '../../src/runtime/index.ts'
import { systemClock } from '../../src/time/index.ts'

const RECORDS = 40_000
const MAX_BYTES = 100_000

test('sources pause while a repartition topic is too full, and nothing is lost', async () => {
  const broker = new MemoryBroker()
  await broker.createTopic({ name: 'numbers', partitions: 2, kind: 'user' })
  await produce(broker)
  const app = new App('pressure')
  const numbers = app.topic('numbers', { value: json({ key: 'string', n: 'number' }) })
  app
    .stream(numbers)
    .keyBy('key')
    .running()
    .count()
    .filter(result => result.value % 1000 === 0)
    .to(app.topic('counts', { value: msgpack<unknown>() }))
  const graph = app.graph()
  const group = broker.group(app.name)
  const facts = await prepareRun(broker, group, graph, {
    mode: 'untilCaughtUp',
    shards: undefined,
    dropState: [],
  })
  const workerOf = (worker: number): Worker =>
    new Worker({
      broker,
      group,
      graph,
      facts,
      worker,
      workers: 2,
      clock: systemClock,
      publish: () => {},
      commitIntervalMs: 5,
      maxExchangeBytes: MAX_BYTES,
    })
  const never = new AbortController().signal
  const first = workerOf(0)
  const firstDone = first.run(never)
  const full = await standsStill(() => first.progress().records)
  assert.ok(full > 0 && full < RECORDS / 2, `${full} records were read`)
  const [, other] = await broker.partitions('pressure.numbers.keyBy.repartition')
  assert.ok((other?.bytes ?? 0) > MAX_BYTES)
  await Promise.all([firstDone, workerOf(1).run(never)])
  const positions = await group.positions()
  const read = positions.filter(position => position.step === 'numbers').map(position => position.next)
  assert.deepEqual(read, [RECORDS / 2, RECORDS / 2])
  const counts = await broker.partitions('counts')
  assert.equal(
    counts.reduce((sum, partition) => sum + partition.end, 0),
    RECORDS / 1000,
  )
})

/** A number once it has not changed for a while. */
async function standsStill(read: () => number): Promise<number> {
  for (let last = -1; ; ) {
    await wait(150)
    const now = read()
    if (now === last && now > 0) return now
    last = now
  }
}

async function produce(broker: MemoryBroker): Promise<void> {
  for (const partition of [0, 1]) {
    const builder = new BatchBuilder()
    for (let n = 0; n < RECORDS / 2; n++) {
      builder.append(null, Buffer.from(JSON.stringify({ key: `key-${n % 20}`, n })), n)
      if (builder.count < 500) continue
      const batch = builder.build()
      if (batch !== undefined) await broker.produce([{ topic: 'numbers', partition, batch }])
    }
  }
}
