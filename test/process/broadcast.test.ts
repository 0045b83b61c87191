/** Shared state by broadcast: every shard gets each element, once, whoever runs it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, map, Stream, value } from '../../src/index.ts'
import { TestDriver, type TestDriverOptions } from '../../src/testing/index.ts'

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Counts rules as they come to each shard; elements tell of the rules that they find. */
function checked({ isAsync = false, ...options }: TestDriverOptions & { readonly isAsync?: boolean } = {}) {
  const app = new App('checked')
  const elements = app.topic('elements', { value: json({ key: 'string', time: 'number' }), partitions: 3 })
  const rules = app.topic('rules', { value: json({ id: 'string', least: 'number' }) })
  const found = app.topic('found', { value: json<string>() })
  const keyed = app
    .stream(elements)
    .eventTime(e => e.time, { idleAfter: '1d', maxAhead: false })
    .keyBy('key')
  const all = keyed.withBroadcast(app.stream(rules).filter(rule => rule.least > 0))
  const shown = (entries: readonly (readonly [string, number])[], key: string): string =>
    `${key} ${entries.map(([id, n]) => `${id}${n}`).join()}`
  const made = isAsync
    ? all.process('check', {
        shared: map<string, number>(),
        async onElement(_element, { shared, key }) {
          await new Promise(resolve => setImmediate(resolve))
          return [shown(shared.entries(), key)]
        },
        async onBroadcast(rule, { shared }) {
          await new Promise(resolve => setImmediate(resolve))
          shared.set(rule.id, (shared.get(rule.id) ?? 0) + rule.least)
        },
      })
    : all.process('check', {
        shared: map<string, number>(),
        timers: { due: 'event' },
        onElement(element, { shared, key, timers }) {
          timers.due.set(element.time + 1)
          return [shown(shared.entries(), key)]
        },
        onTimer: () => [],
        onBroadcast: (rule, { shared }) => shared.set(rule.id, (shared.get(rule.id) ?? 0) + rule.least),
      })
  made.to(found)
  const driver = new TestDriver(app, options)
  return {
    driver,
    elements,
    rules,
    results: async () =>
      (await driver.values(found)).filter(text => text !== null).toSorted((a, b) => a.localeCompare(b)),
  }
}

for (const isAsync of [false, true]) {
  for (const workers of [1, 2, 3]) {
    test(`each rule comes to every shard once, over crashes, with ${workers} workers${isAsync ? ', asynchronously' : ''}`, async () => {
      const { driver, elements, rules, results } = checked({ workers, isAsync })
      await driver.feed(rules, [
        { id: 'x', least: 1 },
        { id: 'y', least: 5 },
        { id: 'z', least: 0 },
      ])
      for (const moment of ['beforeCommit', 'afterCommit', 'record'] as const) {
        driver.crashAt({ moment })
        await driver.run()
      }
      driver.crashAt(undefined)
      await driver.run()
      await driver.feed(rules, [{ id: 'x', least: 2 }])
      await driver.run({ workers: (workers % 3) + 1 })
      await driver.feed(
        elements,
        KEYS.map((key, time) => ({ key, time })),
      )
      await driver.run({ workers })
      assert.deepEqual(
        await results(),
        KEYS.map(key => `${key} x3,y5`),
      )
      await driver.drain()
      assert.equal((await results()).length, KEYS.length)
    })
  }
}

test('a broadcast stream does not hold up the event time of the step', async () => {
  const app = new App('times')
  const elements = app.topic('elements', { value: json({ key: 'string', time: 'number' }) })
  const rules = app.topic('rules', { value: json<number>(), partitions: 1 })
  const found = app.topic('found', { value: json<string>() })
  app
    .stream(elements)
    .eventTime(e => e.time, { idleAfter: '1d', maxAhead: false })
    .keyBy('key')
    .withBroadcast(app.stream(rules).eventTime(() => 1, { idleAfter: '1d', maxAhead: false }))
    .process('timers', {
      shared: value<number>(),
      timers: { due: 'event' },
      onElement: (e, { timers }) => timers.due.set(e.time + 10),
      onTimer: ({ time }, { shared }) => [`${time} ${shared.get()}`],
      onBroadcast: (rule, { shared }) => shared.set(rule),
    })
    .to(found)
  const driver = new TestDriver(app)
  await driver.feed(rules, [7])
  await driver.run()
  await driver.feed(elements, [
    { key: 'a', time: 0 },
    { key: 'b', time: 50 },
  ])
  await driver.run()
  assert.deepEqual(await driver.values(found), ['10 7'])
})

test('rules by broadcast in a live stream', async () => {
  const rules = new Stream<number>()
  const numbers = new Stream<number>()
  const found = numbers
    .keyBy(n => n % 2)
    .withBroadcast(rules)
    .process('least', {
      shared: value<number>(),
      onElement: (n, { shared }) => (n >= (shared.get() ?? 0) ? [n] : []),
      onBroadcast: (least, { shared }) => shared.set(least),
    })
    .toArray()
  await numbers.emit(1)
  await rules.emit(5)
  await numbers.emit(2)
  await numbers.emit(6)
  assert.deepEqual(found, [1, 6])
})

test('what is shared cannot be set by an element', async () => {
  const numbers = new Stream<number>()
  numbers
    .keyBy(n => n)
    .withBroadcast(new Stream<number>())
    .process('writes', {
      shared: value<number>(),
      // What a program without a type check may do.
      onElement: (n, { shared }) => (shared as unknown as { set(n: number): void }).set(n),
      onBroadcast() {},
    })
    .sink(() => {})
  await assert.rejects(
    async () => numbers.emit(1),
    /what is shared is the same for all keys, and is set in onBroadcast only/,
  )
})
