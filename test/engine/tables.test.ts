/** Tables in an app: from topics, to topics, joined. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, Stream, tumbling } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const customer = json({ id: 'string', name: 'string' })
const order = json({ id: 'string', customer: 'string', amount: 'number' })

function newShop(partitions: number = 2) {
  const app = new App('shop')
  const customers = app.topic('customers', { value: customer, keyedBy: 'id', partitions })
  const orders = app.topic('orders', { value: order, keyedBy: 'id', partitions })
  return { app, customers, orders }
}

test('a table of a topic holds the last record of each key, and none where that has no value', async () => {
  const { app, customers } = newShop()
  const seen = app
    .table(customers)
    .toChangelog()
    .map(({ before, after }) => [before?.name, after?.name])
    .toArray()
  const driver = new TestDriver(app)
  await driver.feed(customers, [
    { id: 'a', name: 'Ada' },
    { id: 'a', name: 'Ada L.' },
  ])
  await driver.run()
  await driver.remove(customers, 'a')
  await driver.run()
  await driver.feed(customers, [{ id: 'a', name: 'Ann' }])
  await driver.run()
  assert.deepEqual(seen, [
    [undefined, 'Ada'],
    ['Ada', 'Ada L.'],
    ['Ada L.', undefined],
    [undefined, 'Ann'],
  ])
})

test('a stream read with a table meets rows that were there before it, whichever was written first', async () => {
  const { app, customers, orders } = newShop()
  const named = app
    .stream(orders)
    .keyBy('customer')
    .join(app.table(customers), { how: 'left' })
    .map(({ left, right }) => `${left.id} ${right?.name ?? '-'}`)
    .toArray()
  const driver = new TestDriver(app)
  await driver.feed(orders, [
    { id: 'o1', customer: 'a', amount: 5 },
    { id: 'o2', customer: 'b', amount: 7 },
  ])
  await driver.feed(customers, [{ id: 'a', name: 'Ada' }])
  await driver.run()
  assert.deepEqual(named.toSorted(), ['o1 Ada', 'o2 -'])
})

test('a table is written with its keys, and without a value where a row goes', async () => {
  const { app, orders } = newShop()
  const out = app.topic('large', { value: order, partitions: 1 })
  app
    .stream(orders)
    .keyBy('id')
    .toTable({ order: 'arrival' })
    .filter(({ amount }) => amount > 10)
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(orders, [
    { id: 'o1', customer: 'a', amount: 5 },
    { id: 'o1', customer: 'a', amount: 15 },
    { id: 'o1', customer: 'a', amount: 25 },
    { id: 'o1', customer: 'a', amount: 3 },
  ])
  await driver.run()
  const records = await driver.read(out)
  assert.deepEqual(
    records.map(({ key, value }) => [key, value?.amount ?? null]),
    [
      ['o1', 15],
      ['o1', 25],
      ['o1', null],
    ],
  )
})

for (const how of ['inner', 'left'] as const) {
  test(`rows that name no foreign key have no partner, and find one when they name it: ${how}`, async () => {
    const app = new App('shop')
    const customers = app.topic('customers', { value: customer, keyedBy: 'id', partitions: 2 })
    const orders = app.topic('orders', {
      value: json<{ id: string; by?: string | null }>(),
      keyedBy: 'id',
      partitions: 2,
    })
    const joined = app.table(orders).join(app.table(customers), { on: ({ by }) => by, how })
    const seen = joined
      .updates()
      .map(({ key, value }) => `${key} ${value === null ? 'goes' : (value.right?.name ?? '-')}`)
      .toArray()
    const driver = new TestDriver(app, { workers: 2 })
    await driver.feed(customers, [{ id: 'a', name: 'Ada' }])
    for (const order of [{ id: '1' }, { id: '1', by: 'a' }, { id: '1', by: null }, { id: '1', by: 'a' }]) {
      await driver.feed(orders, [order])
      await driver.run()
    }
    await driver.remove(orders, '1')
    await driver.run()
    const alone = how === 'left' ? '1 -' : '1 goes'
    assert.deepEqual(seen, [...(how === 'left' ? [alone] : []), '1 Ada', alone, '1 Ada', '1 goes'])
  })
}

test('what is no foreign key is refused by the function that gave it', async () => {
  const { app, customers, orders } = newShop()
  const bad = ({ customer }: { readonly customer: string }): number => Number(customer)
  const numbers = app
    .stream(customers)
    .keyBy(({ id }) => id.length)
    .toTable()
  app
    .table(orders)
    .join(numbers, { on: bad })
    .updates()
    .sink(() => {})
  const driver = new TestDriver(app)
  await driver.feed(orders, [{ id: 'o1', customer: 'x', amount: 5 }])
  await assert.rejects(driver.run(), { code: 'KEY_INVALID', message: /join: on gave NaN; expected a string/ })
})

test('null among the elements of an unbounded join is refused, as it stands for no row', async () => {
  const lefts = new Stream<number | null>()
  const rights = new Stream<number>()
  lefts
    .keyBy(() => 'k')
    .join(
      rights.keyBy(() => 'k'),
      { unbounded: true },
    )
    .sink(() => {})
  await lefts.emit(1)
  assert.throws(() => lefts.emit(null), { code: 'STEP_FAILED', message: /join was given null/ })
})

test('what a partition that was idle brings from before a removal that was forgotten is late, after a restart too', async () => {
  const app = new App('idle', { shards: 1 })
  const value = json<{ id: string; time: number; gone?: boolean }>()
  const moves = app.topic('moves', { value, partitions: 2 })
  const table = app
    .stream(moves)
    .eventTime(({ time }) => time, { idleAfter: '1s', maxAhead: false })
    .keyBy('id')
    .toTable({ removed: ({ gone }) => gone === true, remember: 10 })
  const rows = table
    .updates()
    .map(({ key, value: row }) => `${key} ${row?.time ?? 'goes'}`)
    .toArray()
  const late = table.late.map(({ id, time }) => `${id} ${time}`).toArray()
  const driver = new TestDriver(app)
  await driver.start()
  await driver.feedRecords(moves, [
    { value: { id: 'a', time: 1 }, partition: 1 },
    { value: { id: 'a', time: 100, gone: true }, partition: 0 },
    { value: { id: 'b', time: 500 }, partition: 0 },
  ])
  await driver.settle()
  await driver.advance('5s')
  await driver.stop()
  rows.length = 0
  await driver.start()
  await driver.feedRecords(moves, [
    { value: { id: 'a', time: 50 }, partition: 1 },
    { value: { id: 'a', time: 101 }, partition: 1 },
  ])
  await driver.settle()
  await driver.stop()
  assert.deepEqual([rows, late], [['a 101'], ['a 50']])
})

test('a table is not written to a topic keyed by a field that is not its key', async () => {
  const { app, orders } = newShop()
  app
    .stream(orders)
    .keyBy('id')
    .toTable()
    .to(app.topic('wrong', { value: order, keyedBy: 'customer' }))
  const driver = new TestDriver(app)
  await driver.feed(orders, [{ id: 'o1', customer: 'a', amount: 5 }])
  await assert.rejects(driver.run(), /is "a" in the row of key "o1": a table is written under its own keys/)
})

test('a record without a key in the topic of a table says who gives records their keys', async () => {
  const app = new App('keyless')
  const rows = app.topic('rows', { value: json({ id: 'string' }), partitions: 1 })
  app.table(rows).updates().toArray()
  const driver = new TestDriver(app)
  await driver.feed(rows, [{ id: 'a' }])
  await assert.rejects(driver.run(), {
    code: 'KEY_INVALID',
    message: /rows\/0 at offset 0.*the record has no key; expected one, .*keyedBy of the topic/,
  })
})

test('rows of windows are written under key, start and end', async () => {
  const { app, orders } = newShop()
  const out = app.topic('sums', { value: json<unknown>(), partitions: 1 })
  app
    .stream(orders)
    .eventTime(({ amount }) => amount)
    .keyBy('customer')
    .window(tumbling(10), { lateness: 100, emit: 'update', retract: true })
    .count()
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(orders, [
    { id: 'o1', customer: 'a', amount: 5 },
    { id: 'o2', customer: 'a', amount: 6 },
    { id: 'o3', customer: 'a', amount: 15 },
  ])
  await driver.run()
  const keys = (await driver.read(out)).map(({ key }) => key)
  assert.deepEqual(new Set(keys), new Set(['["a",0,10]', '["a",10,20]']))
  assert.equal(keys.length, 3)
})

test('changes that come close together are one, and a change that undoes itself none', async () => {
  const { app, orders } = newShop(1)
  const seen = app
    .stream(orders)
    .eventTime(({ amount }) => amount)
    .keyBy('customer')
    .running({ retract: true })
    .count()
    .suppress({ every: 10 })
    .toChangelog()
    .map(({ before, after }) => [after?.key, before?.value, after?.value])
    .toArray()
  const driver = new TestDriver(app)
  for (const [customer, amount] of [
    ['a', 1],
    ['a', 2],
    ['b', 3],
    ['a', 12],
    ['a', 25],
  ] as const) {
    await driver.feed(orders, [{ id: 'o', customer, amount }])
    await driver.run()
  }
  await driver.drain()
  assert.deepEqual(seen, [
    ['a', undefined, 2],
    ['b', undefined, 1],
    ['a', 2, 3],
    ['a', 3, 4],
  ])
})

test('what is wrong is said while the graph is built', () => {
  const { app, customers, orders } = newShop()
  const keyed = app.stream(orders).keyBy('customer')
  const table = app.table(customers)
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    // @ts-expect-error a sink is no topic
    [() => table.to({ open: () => undefined }), /a table is written to a topic/],
    // @ts-expect-error there is no such row
    [() => keyed.join(table, { how: 'full' }), /how is "full"; expected one of "inner", "left"/],
    // @ts-expect-error there is no such option
    [() => keyed.join(table, { within: '5s' }), /there is no option "within"/],
    [
      () =>
        keyed.join(
          keyed.map(e => e),
          { unbounded: 1 as never },
        ),
      /unbounded is 1; expected true/,
    ],
    // @ts-expect-error a stream is no table
    [() => table.join(keyed), /expected a table or a change stream with keys/],
    [() => keyed.toTable({ order: 'any' as 'time' }), /order is "any"; expected "time" or "arrival"/],
    [() => table.suppress({ every: 0 }), /suppress: every is 0/],
    // @ts-expect-error not a flag
    [() => keyed.running({ retract: 1 }), /running: retract is 1; expected true or false/],
    [() => table.keyBy(5 as never), /keyBy was given 5; expected the name of a field, or a function/],
    [() => table.join(table), /the same stream twice/],
    [() => table.join(table, null as never), /join of tables was given null as its options/],
    [() => table.merge(keyed as never), /merge was given a KeyedStream; expected a table or a change stream/],
    [() => table.join(keyed as never), /join was given a KeyedStream; expected a table/],
    [
      () => keyed.join(customers as never, { within: 1 }),
      /join was given a Topic; expected a stream with keys/,
    ],
    [() => app.table('customers' as never), /table was given "customers"; expected a topic/],
    [() => app.stream(undefined as never), /stream was given undefined; expected a topic/],
    // @ts-expect-error there is no such option
    [() => app.table(customers, { idd: 'x' }), /table: there is no option "idd"; there are id/],
  ]
  for (const [make, message] of wrong) assert.throws(make, message)
})

test('a result that stays the same gives no change, nor does a list of the same elements', async () => {
  const { app, orders } = newShop(1)
  const keyed = app.stream(orders).keyBy('customer')
  const best = keyed
    .running({ retract: true })
    .top(1, ({ amount }) => amount)
    .updates()
    .map(({ value }) => value?.value.map(({ id }) => id).join())
    .toArray()
  const largest = keyed
    .running({ retract: true })
    .max(({ amount }) => amount)
    .updates()
    .map(({ value }) => value?.value)
    .toArray()
  const driver = new TestDriver(app)
  for (const amount of [5, 3, 5, 9, 1]) {
    await driver.feed(orders, [{ id: `o${amount}`, customer: 'a', amount }])
    await driver.run()
  }
  assert.deepEqual(
    [best, largest],
    [
      ['o5', 'o9'],
      [5, 9],
    ],
  )
})
