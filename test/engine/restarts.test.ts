/** Restarts: other numbers of workers, crashes at named moments, and programs that have changed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from '../../src/index.ts'
import { type CrashMoment, TestDriver } from '../../src/testing/index.ts'

const reading = json({ key: 'string', time: 'number' })
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

function newApp(
  options: { readonly size?: number; readonly beside?: TestDriver; readonly shards?: number } = {},
) {
  const { size = 10, beside, shards } = options
  const app = new App('app', shards === undefined ? {} : { shards })
  const readings = app.topic('readings', { value: reading, partitions: 3 })
  const counts = app.topic('counts', { value: json({ key: 'string', start: 'number', count: 'number' }) })
  app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: 5, idleAfter: '1d', maxAhead: false })
    .keyBy(r => r.key)
    .window(tumbling(size))
    .count()
    .map(({ key, window, value }) => ({ key, start: window.start, count: value }))
    .to(counts)
  const driver = new TestDriver(app, beside === undefined ? {} : { beside })
  const feed = (time: number): Promise<void> =>
    driver.feed(
      readings,
      KEYS.map(key => ({ key, time })),
    )
  const results = async (): Promise<readonly string[]> =>
    (await driver.values(counts)).map(result => `${result?.key} ${result?.start} ${result?.count}`).sort()
  return { driver, feed, results }
}

const EXPECTED = KEYS.flatMap(key => [`${key} 0 3`, `${key} 20 1`]).sort()

test('a repartition topic that still holds elements is consumed first when one worker takes over', async () => {
  const { driver, feed, results } = newApp()
  await feed(1)
  driver.crashAt({ moment: 'afterCommit', number: 1 })
  assert.equal(await driver.run({ workers: 3 }), 'crashed')
  const topics = await driver.broker.partitions('app.readings.keyBy.repartition')
  assert.ok(
    topics.some(({ start, end }) => end > start),
    'something lies in the topic',
  )
  await feed(2)
  await driver.run({ workers: 1 })
  await feed(3)
  await feed(25)
  await driver.drain()
  assert.deepEqual(await results(), EXPECTED)
})

for (const [first, second] of [
  [1, 3],
  [3, 1],
  [2, 3],
  [1, 8],
] as const) {
  test(`${first} and then ${second} workers give the same`, async () => {
    const { driver, feed, results } = newApp()
    await feed(1)
    await driver.run({ workers: first })
    await feed(2)
    await driver.run({ workers: second })
    await feed(3)
    await feed(25)
    await driver.drain({ workers: first })
    assert.deepEqual(await results(), EXPECTED)
  })
}

const MOMENTS: readonly CrashMoment[] = ['record', 'beforeCommit', 'afterCommit', 'whileRestoring']

for (const moment of MOMENTS) {
  for (const workers of [1, 2]) {
    test(`a crash of the app ${moment}, ${workers} workers, changes nothing`, async () => {
      const { driver, feed, results } = newApp()
      await feed(1)
      await driver.run({ workers })
      await feed(2)
      await feed(3)
      driver.crashAt({ moment, number: workers })
      assert.equal(await driver.run(), 'crashed')
      await feed(25)
      await driver.drain()
      assert.deepEqual(await results(), EXPECTED)
    })
  }

  test(`a worker that dies ${moment} is started again while the other goes on`, async () => {
    const { driver, feed, results } = newApp()
    for (const time of [1, 2, 3, 25]) await feed(time)
    driver.crashAt({ moment, worker: 1 })
    assert.equal(await driver.drain({ workers: 2 }), 'done')
    assert.deepEqual(await results(), EXPECTED)
  })
}

test('what was read of a repartition topic is purged', async () => {
  const { driver, feed } = newApp()
  await feed(1)
  await driver.run({ workers: 2 })
  for (const { start, end } of await driver.broker.partitions('app.readings.keyBy.repartition')) {
    assert.equal(start, end)
  }
})

test('a program whose window has changed refuses the old state, until it is dropped', async () => {
  const old = newApp()
  await old.feed(1)
  await old.driver.run()
  const { driver, feed, results } = newApp({ size: 20, beside: old.driver })
  await assert.rejects(driver.run(), {
    code: 'STATE_MISMATCH',
    message:
      /step "readings.count" was "window tumbling\(10\) count:1" and is now "window tumbling\(20\) count:1"/,
  })
  await driver.run({ dropState: ['readings.count'] })
  await feed(2)
  await driver.drain()
  assert.deepEqual(
    await results(),
    KEYS.map(key => `${key} 0 1`),
  )
})

test('another number of shards is refused once state is divided', async () => {
  const old = newApp({ shards: 2 })
  await old.feed(1)
  await old.driver.run()
  const { driver } = newApp({ shards: 3, beside: old.driver })
  await assert.rejects(driver.run(), { code: 'STATE_MISMATCH', message: /first run with 2 shards/ })
  await newApp({ beside: old.driver }).driver.run()
})

test('an array of a program holds what was committed, once, after a crash too', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const all = app.stream(numbers).toArray()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2])
  driver.crashAt({ moment: 'beforeCommit' })
  await driver.run()
  assert.deepEqual(all, [])
  await driver.run()
  assert.deepEqual(all, [1, 2])
})
