/** Process functions that are changed between runs, and state that cannot be stored. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, list, Stream, value } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const given = json({ key: 'string', n: 'number' })

function newApp(
  add: (stream: ReturnType<typeof keyed>['stream']) => { to(topic: ReturnType<typeof keyed>['found']): void },
) {
  const made = keyed()
  add(made.stream).to(made.found)
  return made
}

function keyed() {
  const app = new App('changes')
  const numbers = app.topic('numbers', { value: given })
  const found = app.topic('found', { value: json<string>() })
  return { app, numbers, found, stream: app.stream(numbers).keyBy('key') }
}

test('a cell that is added later does not cost the others their state', async () => {
  const before = newApp(stream =>
    stream.process('sums', {
      state: { sum: value<number>() },
      onElement: ({ n }, { state }) => [`${state.sum.update(sum => (sum ?? 0) + n)}`],
    }),
  )
  const driver = new TestDriver(before.app)
  await driver.feed(before.numbers, [{ key: 'a', n: 1 }])
  await driver.run()
  const after = newApp(stream =>
    stream.process('sums', {
      state: { all: list<number>(), sum: value<number>() },
      onElement({ n }, { state }) {
        state.all.add(n)
        return [`${state.sum.update(sum => (sum ?? 0) + n)} of ${state.all.size}`]
      },
    }),
  )
  const next = new TestDriver(after.app, { broker: driver.broker, clock: driver.clock })
  await next.feed(after.numbers, [{ key: 'a', n: 2 }])
  await next.run()
  assert.deepEqual(await next.values(after.found), ['1', '3 of 1'])
  const without = newApp(stream => stream.process('sums', { onElement: ({ n }) => [`${n}`] }))
  const last = new TestDriver(without.app, { broker: driver.broker, clock: driver.clock })
  await assert.rejects(
    last.run(),
    /step "numbers.sums" was "process; all list; sum value" and is now "process"/,
  )
})

test('a value that cannot be stored is refused with step, cell and key, and costs nothing', async () => {
  const made = newApp(stream =>
    stream.process('keeps', {
      state: { any: value<unknown>() },
      onElement({ n }, { state }) {
        state.any.set(n === 2 ? { call: () => n } : n)
        return [`${n}`]
      },
    }),
  )
  const driver = new TestDriver(made.app)
  await driver.feed(made.numbers, [{ key: 'a', n: 2 }])
  await assert.rejects(
    driver.run(),
    /step "numbers.keeps" failed on key "a".*cell "any" of key "?a"? was given .*which cannot be stored/,
  )
})

test('what a timer may not be is refused', async () => {
  const numbers = new Stream<number>()
  numbers
    .process('timers', {
      timers: { t: 'event' },
      onElement: (n, { timers }) => timers.t.set(n),
      onTimer() {},
    })
    .sink(() => {})
  await assert.rejects(
    async () => numbers.emit(Number.NaN),
    /timer "t" was set to NaN; expected epoch milliseconds/,
  )
  await assert.rejects(async () => numbers.emit(Number.POSITIVE_INFINITY), /timer "t" was set to Infinity/)
})

test('what is given out must be iterable', async () => {
  const numbers = new Stream<number>()
  // What a program without a type check may do.
  numbers.process('gives', { onElement: n => n as unknown as readonly number[] }).sink(() => {})
  await assert.rejects(
    async () => numbers.emit(1),
    /a handler gave 1; expected nothing, an array, or another iterable/,
  )
})
