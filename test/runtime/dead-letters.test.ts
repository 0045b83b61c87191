/** Dead letters that come back: whatever step failed, the result is that of a program that never did. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from 'sluice'
import { TestDriver } from 'sluice/testing'
import { DeadLetterBox } from '../../src/runtime/index.ts'

const NEVER = new AbortController().signal
const COUNT = 120

interface Order {
  readonly id: number
  readonly key: string
  readonly time: number
  readonly amount: number
}

/** Amounts that no integer can say fail to decode, and four steps fail for some ids, while `broken`. */
function program(broken: boolean) {
  const failFor =
    (rest: number) =>
    (order: Order): Order => {
      if (broken && order.id % 7 === rest) throw new RangeError(`cannot bear ${order.id}`)
      return order
    }
  const [time, map, key, fold, later] = [failFor(1), failFor(2), failFor(3), failFor(4), failFor(5)]
  const app = new App('orders', { onError: 'deadLetter', shards: 3 })
  const amount = broken ? 'integer' : 'number'
  const orders = app.topic('orders', {
    value: json({ id: 'integer', key: 'string', time: 'integer', amount }),
    partitions: 2,
  })
  const sums = app.topic('sums', { value: json({ key: 'string', sum: broken ? 'integer' : 'number' }) })
  app
    .stream(orders)
    .eventTime(order => time(order).time, { id: 'time', outOfOrder: '1s', maxAhead: false })
    .map(map, { id: 'map' })
    .map(order => Promise.resolve(order).then(later), { id: 'later' })
    .keyBy(order => key(order).key, { id: 'key' })
    .window(tumbling('1m'))
    .sum(order => fold(order).amount, { id: 'fold' })
    .map(({ key, value }) => ({ key, sum: value }))
    .to(sums)
  return { app, orders, sums }
}

const ORDERS: readonly Order[] = Array.from({ length: COUNT }, (_, id) => ({
  id,
  key: `k${id % 5}`,
  time: id,
  amount: id % 7 === 6 ? id + 0.5 : id,
}))

function wanted(): readonly string[] {
  const sums = new Map<string, number>()
  for (const { key, amount } of ORDERS) sums.set(key, (sums.get(key) ?? 0) + amount)
  return [...sums].map(([key, sum]) => `${key} ${sum}`).sort()
}

async function sumsOf(driver: TestDriver, { sums }: ReturnType<typeof program>): Promise<readonly string[]> {
  return (await driver.values(sums)).map(row => `${row?.key} ${row?.sum}`).sort()
}

/** Feeds the broken program, and gives a driver of the mended one on the same broker. */
async function afterFailures(workers: number) {
  const broken = program(true)
  const first = new TestDriver(broken.app, { workers })
  // The feed goes by the mended codec: the broken one could not even write what it cannot read.
  const mended = program(false)
  const driver = new TestDriver(mended.app, { broker: first.broker, clock: first.clock, workers })
  await driver.feed(mended.orders, ORDERS)
  await first.run()
  return { first, driver, mended, box: new DeadLetterBox(driver.broker, 'orders') }
}

async function count(box: DeadLetterBox, filter = {}): Promise<number> {
  let letters = 0
  for await (const _ of box.letters(filter)) letters++
  return letters
}

for (const [before, after] of [
  [1, 1],
  [2, 2],
  [1, 3],
  [3, 1],
] as const) {
  test(`letters of every step come back, from ${before} to ${after} workers`, async () => {
    const { driver, mended, box } = await afterFailures(before)
    const steps = new Map<string, number>()
    for await (const { step } of box.letters()) steps.set(step, (steps.get(step) ?? 0) + 1)
    assert.deepEqual(Object.fromEntries(steps), {
      orders: 17,
      time: 17,
      map: 17,
      key: 17,
      fold: 17,
      later: 17,
    })
    const { letters, refused } = await box.retry({}, NEVER, () => {})
    assert.deepEqual([letters, refused], [102, 0])
    assert.equal(await count(box), 0)
    assert.equal(await box.waiting(), 102)
    await driver.drain({ workers: after })
    assert.equal(await box.waiting(), 0)
    assert.deepEqual(await sumsOf(driver, mended), wanted())
    assert.equal(await count(box), 0)
  })
}

test('a crash while they come back loses none and doubles none', async () => {
  for (const moment of ['beforeCommit', 'afterCommit', 'whileRestoring'] as const) {
    const { driver, mended, box } = await afterFailures(1)
    await box.retry({}, NEVER, () => {})
    driver.crashAt({ moment })
    assert.equal(await driver.run(), 'crashed')
    await driver.drain()
    assert.deepEqual(await sumsOf(driver, mended), wanted())
  }
})

test('what fails again is a dead letter again, byte for byte, and can come back again', async () => {
  const { first, driver, mended, box } = await afterFailures(1)
  const valuesOf = async (): Promise<readonly string[]> => {
    const values: string[] = []
    for await (const { step, record } of box.letters()) values.push(`${step} ${record.value()?.toString()}`)
    return values.sort()
  }
  const values = await valuesOf()
  await box.retry({}, NEVER, () => {})
  await first.run()
  assert.deepEqual(await valuesOf(), values)
  await box.retry({}, NEVER, () => {})
  await driver.drain()
  assert.deepEqual(await sumsOf(driver, mended), wanted())
})

test('a running app takes them up at once', async () => {
  const { driver, mended, box } = await afterFailures(2)
  await driver.start()
  await box.retry({}, NEVER, () => {})
  await driver.settle()
  assert.equal(await box.waiting(), 0)
  await driver.stop()
  await driver.drain()
  assert.deepEqual(await sumsOf(driver, mended), wanted())
})

test('some are chosen by step, partition and offset; the others stay, and nothing is purged before them', async () => {
  const { driver, box } = await afterFailures(1)
  assert.equal((await box.retry({ step: 'map' }, NEVER, () => {})).letters, 17)
  assert.equal(await count(box), 85)
  assert.equal(await count(box, { step: 'map' }), 0)
  const places: string[] = []
  for await (const { partition, offset } of box.letters()) places.push(`${partition}/${offset}`)
  const [first = ''] = places
  const [partition = 0, offset = 0] = first.split('/').map(Number)
  assert.equal((await box.drop({ partition, from: offset, to: offset + 1 }, NEVER, () => {})).letters, 1)
  assert.equal(await count(box), 84)
  assert.equal((await box.drop({}, NEVER, () => {})).letters, 84)
  for (const { start, end } of await driver.broker.partitions('orders-dead-letters')) assert.equal(start, end)
  await driver.drain()
})

test('of two who send back at once, one is refused and nothing is sent twice', async () => {
  const { driver, mended, box } = await afterFailures(1)
  const other = new DeadLetterBox(driver.broker, 'orders')
  const done = await Promise.allSettled([box.retry({}, NEVER, () => {}), other.retry({}, NEVER, () => {})])
  for (const outcome of done) {
    if (outcome.status === 'rejected')
      assert.match(String(outcome.reason), /another command handles the dead letters/)
  }
  assert.ok(done.some(outcome => outcome.status === 'fulfilled'))
  await box.retry({}, NEVER, () => {})
  await driver.drain()
  assert.deepEqual(await sumsOf(driver, mended), wanted())
})

test('an app that reads the dead letters is not robbed of them', async () => {
  const { driver, box } = await afterFailures(1)
  const reader = new App('reader')
  const seen = reader.stream(reader.topic('orders-dead-letters')).toArray()
  const second = new TestDriver(reader, { beside: driver })
  await second.run()
  const before = seen.length
  await driver.feed(program(false).orders, [{ id: 6, key: 'a', time: 200, amount: 0.5 }])
  await new TestDriver(program(true).app, { beside: driver }).run()
  await box.drop({}, NEVER, () => {})
  await second.run()
  assert.equal(seen.length, before + 1)
})

test('a step that is gone gives its letters back, with the reason', async () => {
  const { driver, box } = await afterFailures(1)
  await box.retry({ step: 'map' }, NEVER, () => {})
  const app = new App('orders', { onError: 'deadLetter', shards: 3 })
  app.stream(program(false).orders).toArray()
  const gone = new TestDriver(app, { beside: driver })
  await gone.run({ dropState: ['key', 'fold'] })
  const errors: string[] = []
  for await (const letter of box.letters({ step: 'map' })) errors.push(letter.error)
  assert.equal(errors.length, 17)
  assert.match(
    errors[0] ?? '',
    /^cannot be retried, as the program has no step "map" any more; it failed with: step "map"/,
  )
})

for (const step of ['numbers', 'time', 'map']) {
  test(`a letter of ${step} is judged by the watermark of when it failed, not by today's`, async () => {
    const build = (broken: boolean) => {
      const check = <T extends { readonly n: number }>(where: string, each: T): T => {
        if (broken && where === step && !Number.isInteger(each.n))
          throw new RangeError(`cannot bear ${each.n}`)
        return each
      }
      const app = new App('judged', { onError: 'deadLetter', shards: 1 })
      const n = broken && step === 'numbers' ? 'integer' : 'number'
      const numbers = app.topic('numbers', { value: json({ n, time: 'integer' }), partitions: 2 })
      const counts = app.topic('counts', { value: json({ start: 'integer', count: 'integer' }) })
      const late = app.topic('late', { value: json({ n: 'number', time: 'integer' }) })
      const windows = app
        .stream(numbers)
        .eventTime(each => check('time', each).time, { maxAhead: false, idleAfter: '1h' })
        .map(each => check('map', each), { id: 'map' })
        .keyBy(() => 'all')
        .window(tumbling(1000))
      windows
        .count()
        .map(({ window, value }) => ({ start: window.start, count: value }))
        .to(counts)
      windows.late.to(late)
      return { app, numbers, counts, late }
    }
    const mended = build(false)
    const driver = new TestDriver(mended.app)
    // Partition 1 stays behind, so that the first window is open when partition 0 has long passed it.
    await driver.feedRecords(mended.numbers, [
      { value: { n: 1, time: 100 }, partition: 0 },
      { value: { n: 2.5, time: 200 }, partition: 0 },
      { value: { n: 3, time: 5000 }, partition: 0 },
      { value: { n: 4.5, time: 250 }, partition: 0 },
      { value: { n: 5, time: 300 }, partition: 1 },
    ])
    await new TestDriver(build(true).app, { beside: driver }).run()
    const box = new DeadLetterBox(driver.broker, 'judged')
    assert.equal(await count(box), 2)
    await box.retry({}, NEVER, () => {})
    await driver.drain()
    assert.deepEqual(await driver.values(mended.counts), [
      { start: 0, count: 3 },
      { start: 5000, count: 1 },
    ])
    assert.deepEqual(await driver.values(mended.late), [{ n: 4.5, time: 250 }])
  })
}
