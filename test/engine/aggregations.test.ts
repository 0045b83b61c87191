/** Aggregations in an app: what they keep through a crash, and what they take back. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  App,
  approxDistinct,
  count,
  countBy,
  distinct,
  json,
  max,
  maxBy,
  median,
  quantile,
  Stream,
  session,
  sum,
  top,
  tumbling,
  variance,
} from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const reading = json({ key: 'string', time: 'number', value: 'number' })

function newApp() {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading, keyedBy: 'key' })
  const out = app.topic('out', { value: json<unknown>() })
  const keyed = app
    .stream(readings)
    .eventTime(r => r.time)
    .keyBy('key')
  const feed = (driver: TestDriver, ...values: readonly number[]): Promise<void> =>
    driver.feed(
      readings,
      values.map(value => ({ key: 'a', time: 0, value })),
    )
  return { app, keyed, out, feed }
}

test('all aggregations at once go on after crashes as if there had been none', async () => {
  const { app, keyed, out, feed } = newApp()
  keyed
    .window(tumbling(10))
    .aggregate({
      n: count(),
      spread: variance(r => r.value),
      units: distinct(r => r.value % 5),
      about: approxDistinct(r => r.value, { precision: 4 }),
      parity: countBy(r => r.value % 2),
      p95: quantile(0.95, r => r.value),
      best: top(2, r => r.value % 7),
      most: maxBy(r => r.value),
    })
    .map(({ value }) => value)
    .to(out)
  const driver = new TestDriver(app)
  for (const from of [0, 10, 20, 30]) {
    await driver.start()
    await feed(driver, ...Array.from({ length: 10 }, (_, number) => from + number))
    await driver.settle()
    await driver.crash()
  }
  await driver.drain()
  const [result] = await driver.values(out)
  const { about, p95, best, most, ...exact } = result as Readonly<Record<string, unknown>>
  assert.deepEqual(exact, {
    n: 40,
    spread: (40 * 41) / 12,
    units: 5,
    parity: [
      { value: 0, count: 20 },
      { value: 1, count: 20 },
    ],
  })
  assert.ok(Math.abs((p95 as number) - 37) <= 0.37)
  assert.ok((about as number) > 10 && (about as number) < 100)
  assert.deepEqual(
    [...(best as { value: number }[]), most as { value: number }].map(({ value }) => value),
    [6, 13, 39],
  )
})

test('sessions that merge after they were written have all values of both, whatever crashes', async () => {
  const app = new App('app')
  const visits = app.topic('visits', { value: json({ time: 'number', page: 'string' }) })
  const results = app
    .stream(visits)
    .eventTime(visit => visit.time, { outOfOrder: 100 })
    .keyBy(() => 'all')
    .window(session(10))
    .aggregate({
      pages: distinct(v => v.page),
      often: countBy(v => v.page),
      about: approxDistinct(v => v.page),
    })
    .map(({ value }) => value)
  const out = app.topic('out', { value: json<unknown>() })
  results.to(out)
  const driver = new TestDriver(app)
  // The third makes one session of the first two.
  for (const [time, page] of [
    [0, 'a'],
    [15, 'b'],
    [8, 'c'],
    [4, 'a'],
    [20, 'd'],
  ] as const) {
    await driver.start()
    await driver.feed(visits, [{ time, page }])
    await driver.settle()
    await driver.crash()
  }
  await driver.drain()
  const often = [{ value: 'a', count: 2 }, ...['b', 'c', 'd'].map(value => ({ value, count: 1 }))]
  assert.deepEqual(await driver.values(out), [{ pages: 4, often, about: 4 }])
})

test('what a window takes back is taken out of the aggregations below, so that they see its last result', async () => {
  const { app, keyed, feed } = newApp()
  const sums = keyed
    .window(tumbling(10), { emit: 'update', retract: true })
    .sum(r => r.value)
    .filter(() => true)
  const results = sums
    .keyBy(() => 'all')
    .running()
    .aggregate({
      n: count(),
      total: sum(r => r.value),
      spread: variance(r => r.value, { kind: 'population' }),
      values: countBy(r => r.value),
      different: distinct(r => r.value),
      middle: median(r => r.value),
      mine: { ...sum((r: { readonly value: number }) => r.value) },
      highest: max(r => r.value),
      best: top(2, r => r.value),
    })
    .updates()
    .toArray()
  const driver = new TestDriver(app)
  await feed(driver, 1, 2, 3)
  await driver.drain()
  const given = results.at(-1)?.value?.value
  assert.ok(given !== undefined)
  const { best, ...last } = given
  assert.deepEqual(
    best.map(({ value }) => value),
    [6],
  )
  assert.deepEqual(Object.keys(last).slice(0, 3), ['n', 'total', 'spread'])
  assert.deepEqual(
    { ...last, middle: Math.round(last.middle) },
    {
      n: 1,
      total: 6,
      spread: 0,
      values: [{ value: 6, count: 1 }],
      different: 1,
      middle: 6,
      mine: 6,
      highest: 6,
    },
  )
})

test('an aggregation of your own takes back by its retract', async () => {
  const { app, keyed, feed } = newApp()
  const totals = keyed
    .window(tumbling(10), { emit: 'update', retract: true })
    .count()
    .keyBy(r => r.key)
    .running()
    .aggregate({
      init: () => 0,
      add: (all, r) => all + r.value,
      retract: (all, r) => all - r.value,
    })
    .updates()
    .toArray()
  const driver = new TestDriver(app)
  await feed(driver, 5, 5, 5)
  await driver.drain()
  assert.equal(totals.at(-1)?.value?.value, 3)
  // So nobody is warned that it counts each version of a result.
  const takers = app.graph().steps.filter(({ nature }) => nature.takesBack)
  assert.deepEqual(
    takers.map(({ id }) => id),
    ['readings.aggregate', 'readings.updates'],
  )
})

test('what cannot take a row back is refused where rows come and go', () => {
  const { keyed } = newApp()
  const counts = keyed.window(tumbling(10), { emit: 'update', retract: true }).count()
  const again = counts.map(r => r).keyBy(r => r.key)
  const wrong: readonly (() => unknown)[] = [
    () => again.running().last(),
    () => again.running().reduce(r => r),
    () => again.running().aggregate({ n: count(), about: approxDistinct(r => r.value) }),
    () => again.window(tumbling(20)).first(),
    () => again.running().aggregate({ init: () => 0, add: all => all }),
  ]
  for (const make of wrong) {
    assert.throws(make, { code: 'GRAPH_INVALID', message: /^\w+ cannot take back an element, and rows/ })
  }
  // Results that replace others without taking them back are elements like all others.
  keyed.window(tumbling(10), { emit: 'update' }).count().running().last()
})

test('a live stream aggregates all the same', async () => {
  const numbers = new Stream<number>()
  const seen: unknown[] = []
  numbers
    .keyBy(() => 'all')
    .running()
    .aggregate({
      spread: variance(n => n),
      best: top(2, n => n),
      p50: median(n => n),
      kinds: distinct(n => n),
    })
    .sink(({ value }) => {
      seen.push({ ...value, p50: Math.round(value.p50) })
    })
  for (const number of [4, 8, 6]) await numbers.emit(number)
  await numbers.end()
  assert.deepEqual(seen.at(-1), { spread: 4, best: [8, 6], p50: 6, kinds: 3 })
})
