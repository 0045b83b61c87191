import assert from 'node:assert/strict'
import test from 'node:test'
import { App } from '../app/index.ts'
import { json } from '../codec/index.ts'
import { TEST_START_MS, TestDriver } from './test-driver.ts'

function doubling(name = 'doubling', from = 'numbers', to = 'doubled') {
  const app = new App(name)
  const numbers = app.topic(from, { value: json<number>() })
  const doubled = app.topic(to, { value: json<number>() })
  app
    .stream(numbers)
    .map(n => n * 2)
    .to(doubled)
  return { app, numbers, doubled }
}

test('what is fed is processed by the next run', async () => {
  const { app, numbers, doubled } = doubling()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2])
  assert.deepEqual(await driver.values(doubled), [])
  assert.equal(await driver.run(), 'done')
  assert.deepEqual(await driver.values(doubled), [2, 4])
})

test('a topic is made with as many partitions as it says, and keys decide the partition', async () => {
  const app = new App('app')
  const users = app.topic('users', { value: json({ name: 'string' }), keyedBy: 'name', partitions: 4 })
  app.stream(users).print()
  const driver = new TestDriver(app)
  await driver.feed(users, [{ name: 'ann' }, { name: 'bob' }])
  await driver.feedRecords(users, [{ value: { name: 'ann' } }, { value: { name: 'x' }, key: 'bob' }])
  const records = await driver.read(users)
  assert.equal((await driver.broker.partitions('users')).length, 4)
  const partitionOf = (key: string): readonly number[] =>
    records.filter(record => record.key === key).map(record => record.partition)
  assert.equal(new Set(partitionOf('ann')).size, 1)
  assert.equal(partitionOf('bob').length, 2)
})

test('records have the timestamp and the partition that they are given', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>(), partitions: 2 })
  app.stream(numbers).print()
  const driver = new TestDriver(app)
  await driver.feedRecords(numbers, [
    { value: 1, partition: 1, timestamp: 77 },
    { value: 2, partition: 0 },
  ])
  assert.deepEqual(await driver.read(numbers), [
    { partition: 0, offset: 0, key: null, value: 2, timestamp: TEST_START_MS, headers: {} },
    { partition: 1, offset: 0, key: null, value: 1, timestamp: 77, headers: {} },
  ])
})

test('several apps share a broker, one after the other or side by side', async () => {
  const first = doubling('first', 'numbers', 'doubled')
  const second = doubling('second', 'doubled', 'fourfold')
  const firstDriver = new TestDriver(first.app)
  const secondDriver = new TestDriver(second.app, { beside: firstDriver })
  await secondDriver.start()
  await firstDriver.feed(first.numbers, [1])
  await firstDriver.run()
  await secondDriver.settle()
  assert.deepEqual(await secondDriver.values(second.doubled), [4])
  await secondDriver.stop()
})

test('a running app takes what comes, and stops when told', async () => {
  const { app, numbers, doubled } = doubling()
  const driver = new TestDriver(app)
  await driver.start()
  await driver.feed(numbers, [1])
  await driver.settle()
  assert.deepEqual(await driver.values(doubled), [2])
  assert.equal(await driver.stop(), 'done')
  await driver.feed(numbers, [2])
  assert.deepEqual(await driver.values(doubled), [2])
})

test('an app runs once at a time, and is stopped only while it runs', async () => {
  const { app } = doubling()
  const driver = new TestDriver(app)
  await assert.rejects(driver.stop(), { message: 'the app does not run: start it first' })
  await driver.start()
  await assert.rejects(driver.run(), { message: 'the app runs already: stop it first' })
  await driver.stop()
})

test('a crash before the commit undoes what was done, one after it does not, and each comes once', async () => {
  const { app, numbers, doubled } = doubling()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1])
  driver.crashAt({ moment: 'beforeCommit' })
  assert.equal(await driver.run(), 'crashed')
  assert.deepEqual(await driver.values(doubled), [])
  driver.crashAt({ moment: 'afterCommit' })
  assert.equal(await driver.run(), 'crashed')
  assert.deepEqual(await driver.values(doubled), [2])
  assert.equal(await driver.run(), 'done')
  assert.deepEqual(await driver.values(doubled), [2])
})

test('a failure of the app is thrown, and the app may run again', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  let broken = true
  app
    .stream(numbers)
    .peek(() => {
      if (broken) throw new Error('broken')
    })
    .print()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1])
  await assert.rejects(driver.run(), /broken/)
  await assert.rejects(driver.start(), /broken/)
  broken = false
  assert.equal(await driver.run(), 'done')
})

test('what the app tells is kept', async () => {
  const { app, numbers } = doubling()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1])
  await driver.run()
  const states = driver.events.flatMap(event => (event.type === 'lifecycle' ? [event.state] : []))
  assert.deepEqual(states, ['claiming', 'restoring', 'running', 'stopping', 'stopped'])
})

test('time stands still but for advance', async () => {
  const { app } = doubling()
  const driver = new TestDriver(app)
  await driver.run()
  assert.equal(driver.clock.now(), TEST_START_MS)
  await driver.advance('1h')
  assert.equal(driver.clock.now(), TEST_START_MS + 3_600_000)
})

test('with the same seed everything happens at the same moments', async () => {
  const told = async (seed: number): Promise<unknown> => {
    const { app, numbers } = doubling()
    const driver = new TestDriver(app, { seed })
    await driver.feed(
      numbers,
      Array.from({ length: 200 }, (_, n) => n),
    )
    await driver.run()
    return driver.events
  }
  assert.deepEqual(await told(1), await told(1))
})
