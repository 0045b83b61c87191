/** Windows over runs: when they close, what is late, and what an end of the input leaves behind. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from '../../src/index.ts'
import { TestDriver, type TestDriverOptions } from '../../src/testing/index.ts'

const reading = json({ key: 'string', time: 'number' })

interface Setup extends TestDriverOptions {
  readonly partitions?: number
  readonly late?: boolean
  readonly idleAfter?: string
}

/** Counts per 10 ms, up to 5 ms out of order. */
function newApp({ partitions = 1, late = true, idleAfter = '1d', ...options }: Setup = {}) {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading, partitions })
  const counts = app.topic('counts', { value: json({ key: 'string', start: 'number', count: 'number' }) })
  const lates = app.topic('late', { value: reading })
  const windows = app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: 5, idleAfter, maxAhead: false })
    .keyBy('key')
    .window(tumbling(10))
  windows
    .count()
    .map(({ key, window, value }) => ({ key, start: window.start, count: value }))
    .to(counts)
  if (late) windows.late.to(lates)
  const driver = new TestDriver(app, options)
  /** Readings of key a at these times, to a partition. */
  const feed = (times: readonly number[], partition = 0, key = 'a'): Promise<void> =>
    driver.feedRecords(
      readings,
      times.map(time => ({ value: { key, time }, partition })),
    )
  const results = async (): Promise<readonly string[]> =>
    (await driver.values(counts)).map(result => `${result?.start}: ${result?.count}`)
  const lateTimes = async (): Promise<readonly (number | undefined)[]> =>
    (await driver.values(lates)).map(value => value?.time)
  return { driver, feed, results, lateTimes, counts }
}

test('a window closes when the watermark has reached its last millisecond', async () => {
  const { driver, feed, results } = newApp()
  await feed([3, 14])
  await driver.run()
  assert.deepEqual(await results(), [])
  await feed([15])
  await driver.run()
  assert.deepEqual(await results(), ['0: 1'])
})

test('a result has the time of the window’s last millisecond, and its key', async () => {
  const { driver, feed, counts } = newApp()
  await feed([3, 15])
  await driver.run()
  const [record] = await driver.read(counts)
  assert.deepEqual([record?.timestamp, record?.key], [9, 'a'])
})

test('a record is late when the watermark before it had passed its window', async () => {
  const { driver, feed, results, lateTimes } = newApp()
  await feed([14, 9, 15, 9])
  await driver.drain()
  assert.deepEqual(await lateTimes(), [9])
  assert.deepEqual(await results(), ['0: 1', '10: 2'])
})

test('late records that nobody reads are counted and told', async () => {
  const { driver, feed } = newApp({ late: false })
  await feed([40, 1, 2])
  await driver.run()
  assert.deepEqual(
    driver.events.filter(event => event.type === 'late'),
    [{ type: 'late', step: 'readings.count', count: 2, finallyLate: 0 }],
  )
})

test('the watermark is that of the slowest partition', async () => {
  const { driver, feed, results } = newApp({ partitions: 2 })
  await feed([3, 100], 0)
  await feed([4], 1)
  await driver.run()
  assert.deepEqual(await results(), [])
  await feed([100], 1)
  await driver.run()
  assert.deepEqual(await results(), ['0: 2'])
})

test('windows stay open over a stop, and go on counting', async () => {
  const { driver, feed, results } = newApp()
  await feed([3])
  await driver.run()
  await feed([4])
  await driver.run()
  await feed([15])
  await driver.run()
  assert.deepEqual(await results(), ['0: 2'])
})

for (const workers of [1, 2]) {
  test(`after a drain what belongs to a closed window is finally late, also after restarts, ${workers} workers`, async () => {
    const { driver, feed, results, lateTimes } = newApp({ workers })
    await feed([3])
    await driver.drain()
    assert.deepEqual(await results(), ['0: 1'])
    await driver.run()
    await feed([4, 12])
    await driver.run()
    assert.deepEqual(await lateTimes(), [4])
    await driver.drain()
    assert.deepEqual(await results(), ['0: 1', '10: 1'])
    const told = driver.events.filter(event => event.type === 'late')
    assert.deepEqual(
      told.map(event => [event.count, event.finallyLate]),
      [[1, 1]],
    )
  })
}

test('a partition that is quiet for long enough holds up nobody', async () => {
  const { driver, feed, results } = newApp({ partitions: 2, idleAfter: '1s' })
  await feed([3, 100])
  await driver.start()
  await driver.advance(900)
  assert.deepEqual(await results(), [])
  await driver.advance(200)
  assert.deepEqual(await results(), ['0: 1'])
  await driver.stop()
})

test('a partition that wakes is judged by its own watermark, and finds closed windows closed', async () => {
  const { driver, feed, results, lateTimes } = newApp({ partitions: 2, idleAfter: '1s' })
  await feed([3, 100])
  await driver.start()
  await driver.advance('2s')
  await feed([4, 95], 1)
  await driver.settle()
  assert.deepEqual(await lateTimes(), [4])
  await feed([200], 0)
  await feed([200], 1)
  await driver.settle()
  assert.deepEqual(await results(), ['0: 1', '90: 1', '100: 1'])
  await driver.stop()
})

test('when all partitions are idle the largest watermark counts', async () => {
  const { driver, feed, results } = newApp({ partitions: 2, idleAfter: '1s' })
  await feed([3, 50], 0)
  await feed([100], 1)
  await driver.start()
  await driver.advance('2s')
  assert.deepEqual(await results(), ['0: 1', '50: 1'])
  await driver.stop()
})

test('a partition is not idle because another one is read for the first time', async () => {
  // Its end had been seen before the app knew any append time, which then seemed to be ages ago.
  const { driver, feed, results } = newApp({ partitions: 2, idleAfter: '1s' })
  await driver.start()
  await feed([3, 100], 0)
  await driver.settle()
  assert.deepEqual(await results(), [])
  await driver.stop()
})

for (const workers of [1, 2]) {
  test(`a partition that was idle before a stop holds windows open again for what came meanwhile, ${workers} workers`, async () => {
    // With two workers a channel used to stay idle over a restart, and its backlog came too late.
    const { driver, feed, lateTimes } = newApp({ partitions: 2, idleAfter: '1s', workers, seed: 4 })
    await feed([3], 0)
    await feed([3], 1)
    await driver.start()
    await driver.advance('2s')
    await driver.stop()
    await feed([5000], 1)
    for (let time = 100; time < 4000; time += 100) await feed([time], 0)
    await driver.drain()
    assert.deepEqual(await lateTimes(), [])
  })
}

test('processing-time windows close when the clock has passed their end', async () => {
  const app = new App('app')
  const clicks = app.topic('clicks', { value: json({ page: 'string' }) })
  const counts = app.topic('counts', { value: json<number>() })
  app
    .stream(clicks)
    .processingTime()
    .keyBy('page')
    .window(tumbling('1m'))
    .count()
    .map(result => result.value)
    .to(counts)
  const driver = new TestDriver(app)
  await driver.start()
  await driver.feed(clicks, [{ page: 'home' }, { page: 'home' }])
  await driver.advance('59s')
  assert.deepEqual(await driver.values(counts), [])
  await driver.advance('2s')
  assert.deepEqual(await driver.values(counts), [2])
  await driver.stop()
})

test('without eventTime a record’s timestamp counts', async () => {
  const app = new App('app')
  const clicks = app.topic('clicks', { value: json({ page: 'string' }) })
  const counts = app.topic('counts', { value: json<number>() })
  app
    .stream(clicks)
    .keyBy('page')
    .window(tumbling(10))
    .count()
    .map(result => result.window.start)
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feedRecords(
    clicks,
    [1_800_000_000_003, 1_800_000_000_004, 1_800_000_000_011].map(timestamp => ({
      value: { page: 'home' },
      timestamp,
    })),
  )
  await driver.run()
  assert.deepEqual(await driver.values(counts), [1_800_000_000_000])
})

test('running aggregations give a result for each element, over restarts and crashes', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const sums = app.topic('sums', { value: json<number>() })
  app
    .stream(numbers)
    .keyBy(n => (n % 2 === 0 ? 'even' : 'odd'))
    .running()
    .sum(n => n)
    .map(result => result.value)
    .to(sums)
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2, 3])
  await driver.run()
  await driver.feed(numbers, [4, 5])
  driver.crashAt({ moment: 'beforeCommit' })
  assert.equal(await driver.run(), 'crashed')
  await driver.run()
  assert.deepEqual(await driver.values(sums), [1, 2, 4, 6, 9])
})

test('a window whose accumulator is undefined is state like any other', async () => {
  // Such an entry used to be written as a tombstone, so that it was gone after a restart.
  const app = new App('app')
  const readings = app.topic('readings', { value: reading })
  const out = app.topic('out', { value: json<boolean>() })
  app
    .stream(readings)
    .eventTime(r => r.time, { maxAhead: false })
    .map(() => undefined)
    .keyBy(() => 'all')
    .window(tumbling(10))
    .reduce(() => undefined)
    .map(result => result.value === undefined)
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(readings, [{ key: 'a', time: 1 }])
  await driver.run()
  await driver.drain()
  assert.deepEqual(await driver.values(out), [true])
})
