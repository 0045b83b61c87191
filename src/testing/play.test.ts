import assert from 'node:assert/strict'
import test from 'node:test'
import { App } from '../app/index.ts'
import { json } from '../codec/index.ts'
import { tumbling } from '../operators/index.ts'
import {
  crash,
  end,
  handOver,
  jumpClock,
  pause,
  put,
  record,
  refuseCommits,
  slowCommits,
  start,
  stop,
  takeOver,
} from './play.ts'
import { TEST_START_MS, TestDriver } from './test-driver.ts'

const reading = json({ sensor: 'string', time: 'number' })

/** Counts per sensor in windows of ten milliseconds; how often a reading was seen tells of repetitions. */
function counting() {
  const app = new App('counting')
  const readings = app.topic('readings', { value: reading, partitions: 2 })
  const others = app.topic('others', { value: reading })
  const counts = app.topic('counts', { value: json({ sensor: 'string', count: 'number' }) })
  const seen: number[] = []
  const time = (r: { time: number }): number => r.time
  app
    .stream(readings)
    .eventTime(time, { idleAfter: '1s' })
    .merge(app.stream(others).eventTime(time, { idleAfter: '1s' }))
    .peek(r => {
      seen.push(r.time)
    })
    .keyBy('sensor')
    .window(tumbling(10))
    .count()
    .map(({ key, value }) => ({ sensor: key, count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  const found = async (): Promise<string[]> =>
    (await driver.values(counts)).map(row => `${row?.sensor} ${row?.count}`)
  return { app, readings, others, counts, seen, driver, found }
}

const a = (time: number) => ({ sensor: 'a', time })

test('a script feeds one record after the other, and its end closes windows', async () => {
  const { driver, readings, found, seen } = counting()
  await driver.play(readings, [a(1), a(2), end()])
  assert.deepEqual(seen, [1, 2])
  assert.deepEqual(await found(), ['a 2'])
})

test('without end() windows stay open for the next script', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [a(1)])
  assert.deepEqual(await found(), [])
  await driver.play(readings, [a(2), end()])
  assert.deepEqual(await found(), ['a 2'])
})

test('a crash undoes the record before it, which is then processed again', async () => {
  const { driver, readings, found, seen } = counting()
  await driver.play(readings, [a(1), crash(), a(2), end()])
  assert.deepEqual(seen, [1, 1, 2])
  assert.deepEqual(await found(), ['a 2'])
})

test('after a commit a crash undoes nothing', async () => {
  const { driver, readings, found, seen } = counting()
  await driver.play(readings, [a(1), crash('afterCommit'), a(2), end()])
  assert.deepEqual(seen, [1, 2])
  assert.deepEqual(await found(), ['a 2'])
})

test('a crash may come while the app recovers from another', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [a(1), crash(), crash('whileRestoring'), a(2), end()])
  const claims = driver.events.filter(event => event.type === 'lifecycle' && event.state === 'claiming')
  assert.equal(claims.length, 5)
  assert.deepEqual(await found(), ['a 2'])
})

test('one of several workers may die while the others go on', async () => {
  const { driver, readings, found } = counting()
  const script = [a(1), a(2), crash({ moment: 'afterCommit', worker: 1 }), a(3), end()]
  await driver.play(readings, script, { workers: 2 })
  assert.deepEqual(await found(), ['a 3'])
})

test('a pause lets partitions become idle', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [
    record(a(1), { partition: 0 }),
    record(a(20), { partition: 1 }),
    pause('1s'),
    record(a(21), { partition: 1 }),
  ])
  assert.deepEqual(await found(), ['a 1'])
})

test('several topics share a script', async () => {
  const { driver, readings, others, found } = counting()
  await driver.play([put(readings, a(1), a(2)), crash(), put(others, a(3)), end()])
  assert.deepEqual(await found(), ['a 3'])
})

test('what is put while the app is stopped waits for its start, with another number of workers too', async () => {
  const { driver, readings, found, seen } = counting()
  await driver.play([stop(), put(readings, a(1))])
  assert.deepEqual(seen, [])
  await driver.play([start(), handOver(3), put(readings, a(2)), end()])
  assert.deepEqual(await found(), ['a 2'])
})

test('commits that are refused or slow come in the end, without anybody sleeping', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [refuseCommits(3, 'full'), a(1), slowCommits(2, '7s'), a(2), end()])
  assert.deepEqual(await found(), ['a 2'])
  const refused = driver.events.filter(event => event.type === 'error' && event.code === 'BROKER_FULL')
  assert.equal(refused.length, 3)
  assert.ok(driver.clock.now() >= TEST_START_MS + 7000)
})

test('a run that another has taken over from commits nothing more', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [a(1), takeOver(), a(2), takeOver(), a(3), end()], { workers: 2 })
  assert.deepEqual(await found(), ['a 3'])
})

test('the time of day may jump back and forth', async () => {
  const { driver, readings, found } = counting()
  await driver.play(readings, [a(1), jumpClock('-1h'), a(2), jumpClock('3d'), a(3), end()])
  assert.equal(driver.clock.now(), TEST_START_MS - 3_600_000 + 3 * 86_400_000)
  assert.deepEqual(await found(), ['a 3'])
})

test('a failure of the app ends the script', async () => {
  const app = new App('fails')
  const numbers = app.topic('numbers', { value: json<number>() })
  app
    .stream(numbers)
    .map(n => {
      if (n === 2) throw new Error('two')
      return n
    })
    .print()
  await assert.rejects(new TestDriver(app).play(numbers, [1, 2, 3]), /two/)
})
