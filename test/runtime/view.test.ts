/** Views: topics as tables that other programs ask. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { App, json, openBroker, openView, Producer, Topic } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const order = json({ customer: 'string', amount: 'number' })
const total = json<{ readonly key: string; readonly value: number }>()

function newTotals() {
  const app = new App('totals')
  const orders = app.topic('orders', { value: order, partitions: 2 })
  const totals = app.topic('totals', { value: total, partitions: 2 })
  app
    .stream(orders)
    .keyBy('customer')
    .running({ retract: true })
    .sum(({ amount }) => amount)
    .filter(({ value }) => value > 0)
    .to(totals)
  return { driver: new TestDriver(app), orders, totals }
}

test('a view has the rows of a table as of the last commit, and none that has gone', async () => {
  const { driver, orders, totals } = newTotals()
  await driver.feed(orders, [
    { customer: 'a', amount: 5 },
    { customer: 'b', amount: 7 },
  ])
  await driver.run()
  using view = await openView(driver.broker, totals)
  assert.deepEqual(await view.get('a'), { key: 'a', value: 5 })
  assert.equal(await view.get('nobody'), undefined)
  await driver.feed(orders, [
    { customer: 'a', amount: 1 },
    { customer: 'b', amount: -7 },
  ])
  await driver.run()
  assert.deepEqual(await view.get('a'), { key: 'a', value: 6 })
  assert.deepEqual(await view.entries(), [['a', { key: 'a', value: 6 }]])
  assert.equal(view.size, 1)
})

test('what a crashed run had not committed is in no view', async () => {
  const { driver, orders, totals } = newTotals()
  await driver.feed(orders, [{ customer: 'a', amount: 5 }])
  await driver.run()
  using view = await openView(driver.broker, totals)
  await driver.feed(orders, [{ customer: 'a', amount: 1 }])
  driver.crashAt({ moment: 'beforeCommit' })
  await driver.run()
  assert.deepEqual(await view.get('a'), { key: 'a', value: 5 })
  await driver.run()
  assert.deepEqual(await view.get('a'), { key: 'a', value: 6 })
})

test('a view in another connection sees what is written after it was opened', async t => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sluice-view-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const url = `file:${path.join(folder, 'broker')}`
  const topic = new Topic('prices', {
    value: json({ item: 'string', price: 'number' }),
    keyedBy: 'item',
    partitions: 3,
  })
  const writing = await openBroker(url)
  const reading = await openBroker(url)
  t.after(async () => {
    await writing.close()
    await reading.close()
  })
  const producer = new Producer(writing, topic)
  await producer.send({ item: 'tea', price: 3 })
  await producer.flush()
  using view = await openView(reading, topic)
  assert.equal((await view.get('tea'))?.price, 3)
  await producer.send({ item: 'tea', price: 4 })
  await producer.remove('milk')
  await producer.flush()
  assert.equal((await view.get('tea'))?.price, 4)
  await producer.remove('tea')
  await producer.flush()
  assert.equal(await view.get('tea'), undefined)
})

test('a view of a topic that is not there says how to make it', async () => {
  const { driver } = newTotals()
  const missing = new Topic('missing', { value: total })
  await assert.rejects(openView(driver.broker, missing), {
    code: 'TOPIC_UNKNOWN',
    message: /sluice topic create missing/,
  })
})

test('a record that cannot be read fails the view with its place, each time it is asked', async () => {
  const { driver, orders, totals } = newTotals()
  await driver.feed(orders, [{ customer: 'a', amount: 5 }])
  await driver.run()
  const text = new Topic('totals', { value: json<string>() })
  const other = new Producer(driver.broker, text)
  using view = await openView(driver.broker, totals)
  const strict = await openView(
    driver.broker,
    new Topic('totals', { value: json({ key: 'string', value: 'number' }) }),
  )
  await other.send('nonsense', { key: 'z', partition: 1 })
  await other.flush()
  for (const _ of [1, 2]) {
    await assert.rejects(strict.get('a'), {
      code: 'DECODE_FAILED',
      message: /topic "totals", partition 1, offset \d: /,
    })
  }
  assert.deepEqual(await view.get('a'), { key: 'a', value: 5 })
  strict.close()
  assert.throws(() => strict.refresh(), /is closed/)
  await assert.rejects(view.get({} as never), /get was given \{\}/)
})

test('a view of what is no topic, or of what is no broker, is refused with what was given', async () => {
  const { driver, totals } = newTotals()
  await assert.rejects(openView(driver.broker, 'totals' as never), {
    code: 'OPTION_INVALID',
    message: /openView was given "totals"; expected a topic/,
  })
  await assert.rejects(openView('file:x' as never, totals), {
    code: 'OPTION_INVALID',
    message: /openView was given "file:x" as its broker; expected what openBroker/,
  })
})
