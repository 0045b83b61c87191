/** Exchanges that come, go and change their transport between runs move nothing. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, type KeyedStream, tumbling } from 'sluice'
import { TestDriver } from 'sluice/testing'

interface Trip {
  readonly taxi: string
  readonly n: number
}

const trip = json({ taxi: 'string', n: 'number' })
const TRIPS: readonly Trip[] = Array.from({ length: 60 }, (_, n) => ({ taxi: `t${n % 7}`, n }))

for (const workers of [1, 2, 3]) {
  test(`every reader of one keyed stream gets every element, with ${workers} workers`, async () => {
    const app = new App('readers', { shards: 3 })
    const trips = app.topic('trips', { value: trip, partitions: 2 })
    const counts = app.topic('counts', { value: json({ count: 'number' }) })
    const sums = app.topic('sums', { value: json({ sum: 'number' }) })
    const odd = app.topic('odd', { value: trip })
    const keyed = app.stream(trips).keyBy(t => t.taxi)
    const minutes = keyed.window(tumbling('1d'))
    minutes
      .count()
      .map(({ value }) => ({ count: value }))
      .to(counts)
    minutes
      .sum(t => t.n)
      .map(({ value }) => ({ sum: value }))
      .to(sums)
    keyed.filter(t => t.n % 2 === 1).to(odd)
    const driver = new TestDriver(app, { workers })
    await driver.feed(trips, TRIPS)
    await driver.drain()
    assert.equal(total((await driver.values(counts)).map(row => row?.count ?? 0)), 60)
    assert.equal(total((await driver.values(sums)).map(row => row?.sum ?? 0)), 1770)
    assert.equal((await driver.values(odd)).length, 30)
  })
}

for (const workers of [1, 2]) {
  test(`what an exchange still held is processed when it is left out, with ${workers} workers`, async () => {
    const first = programWith(undefined)
    const driver = new TestDriver(first.app, { workers: 2, seed: 3 })
    await driver.feedRecords(
      first.trips,
      TRIPS.map(value => ({ value, key: value.taxi })),
    )
    driver.crashAt({ moment: 'afterCommit', number: 1 })
    assert.equal(await driver.run(), 'crashed')
    const left = await driver.broker.partitions('rides.trips.keyBy.repartition')
    assert.ok(
      left.some(({ start, end }) => end > start),
      'the crash left nothing to finish',
    )
    const second = programWith('taxi')
    const next = new TestDriver(second.app, { broker: driver.broker, clock: driver.clock, workers })
    await next.drain()
    assert.deepEqual(
      (await next.values(second.out)).map(row => row?.n ?? -1).sort((a, b) => a - b),
      TRIPS.map(({ n }) => n),
    )
  })
}

test('a stop with one worker leaves repartition topics empty, so that the next run is in memory', async () => {
  const { app, trips } = programWith(undefined)
  const driver = new TestDriver(app)
  const feed = (): Promise<void> =>
    driver.feedRecords(
      trips,
      TRIPS.map((value, n) => ({ value, timestamp: n * 1000, partition: n % 2 })),
    )
  const isEmpty = async (): Promise<boolean> =>
    (await driver.broker.partitions('rides.trips.keyBy.repartition')).every(({ start, end }) => start === end)
  await feed()
  driver.crashAt({ moment: 'afterCommit', number: 1 })
  await driver.run({ workers: 2 })
  assert.equal(await isEmpty(), false)
  await driver.start({ workers: 1 })
  await feed()
  await driver.settle()
  await driver.stop()
  assert.equal(await isEmpty(), true)
})

function programWith(keyedBy: 'taxi' | undefined) {
  const app = new App('rides')
  const trips = app.topic('trips', {
    value: trip,
    partitions: 2,
    ...(keyedBy === undefined ? {} : { keyedBy }),
  })
  const out = app.topic('out', { value: trip })
  const keyed: KeyedStream<string, Trip> = app.stream(trips).keyBy('taxi')
  keyed.to(out)
  return { app, trips, out }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
