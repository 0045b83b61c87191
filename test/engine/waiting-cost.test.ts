/** What an element costs at an asynchronous step does not depend on how many are in flight there. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { AsyncOperator } from '../../src/engine/index.ts'
import type { ElementOrder } from '../../src/index.ts'
import { concurrencyOf } from '../../src/operators/async-options.ts'
import { systemClock } from '../../src/time/index.ts'
import { contextAt, newParts } from './operator-fixture.ts'

const FEW = 500
const MANY = 20_000
/** Elements that pass while so many are in flight. */
const PASSING = 20_000
/** They cost the same, but for the memory that they lie in; when each was looked for among all, it was hundreds of times. */
const MOST_TIMES = 30

interface Case {
  readonly order: ElementOrder
  /** Which of the elements in flight never settle, and block those behind them where order says so. */
  readonly what: string
  readonly keyOf: (number: number) => string
}

const CASES: readonly Case[] = [
  { order: 'none', what: 'slow elements before those that are quick', keyOf: () => 'k' },
  { order: 'key', what: 'a slow element of each of many keys', keyOf: number => `k${number}` },
  { order: 'key', what: 'one hot key, whose first element is slow', keyOf: () => 'hot' },
]

/** Milliseconds for the passing elements while `inFlight` others never settle. */
async function passingMs({ order, keyOf }: Case, inFlight: number): Promise<number> {
  const parts = newParts()
  const options = { order, concurrency: inFlight + 4, capacity: inFlight + PASSING }
  const operator = new AsyncOperator(
    { ...parts, concurrency: concurrencyOf(options, { name: 'step', isKeyed: true }) },
    value => (Number(value) < 0 ? new Promise(() => {}) : Promise.resolve(value)),
  )
  for (let number = 1; number <= inFlight; number++) {
    operator.push(-number, contextAt(number, { key: keyOf(number) }))
  }
  let passed = 0
  const startedAt = performance.now()
  for (let number = 0; number < PASSING; number++) {
    operator.push(number, contextAt(number, { key: `passing${number % 7}` }))
    if (number % 4 !== 3) continue
    await Promise.resolve()
    for (const waiter of parts.scope.waiters) if (waiter.resumeAt() === -Infinity) waiter.resume()
    passed += parts.next.take().length
    parts.next.contexts.length = 0
  }
  const tookMs = performance.now() - startedAt
  for (let more = 1; more > 0; ) {
    await systemClock.yield()
    for (const waiter of parts.scope.waiters) if (waiter.resumeAt() === -Infinity) waiter.resume()
    more = parts.next.take().length
    passed += more
  }
  assert.equal(passed, PASSING)
  assert.equal(operator.inFlightCount, inFlight)
  return tookMs
}

for (const each of CASES) {
  test(`in order ${each.order}, elements pass as quickly by many that wait as by few: ${each.what}`, async t => {
    await passingMs(each, FEW)
    const few = Math.min(await passingMs(each, FEW), await passingMs(each, FEW))
    const many = Math.min(await passingMs(each, MANY), await passingMs(each, MANY))
    const us = (ms: number): string => ((ms * 1000) / PASSING).toFixed(2)
    t.diagnostic(
      `${MANY} in flight: ${us(many)} µs an element; ${FEW}: ${us(few)}; ${(many / few).toFixed(1)} times`,
    )
    assert.ok(many < few * MOST_TIMES, `${many} ms with ${MANY} in flight, ${few} ms with ${FEW}`)
  })
}

test('in order all, a long line behind a slow head is gone through at the same cost per element', async t => {
  const drainMs = async (count: number): Promise<number> => {
    const parts = newParts()
    const head = Promise.withResolvers<unknown>()
    const options = { concurrency: count, capacity: count }
    const operator = new AsyncOperator(
      { ...parts, concurrency: concurrencyOf(options, { name: 'step', isKeyed: false }) },
      value => (value === 0 ? head.promise : Promise.resolve(value)),
    )
    const startedAt = performance.now()
    for (let number = 0; number < count; number++) operator.push(number, contextAt(number))
    await systemClock.yield()
    head.resolve(0)
    await systemClock.yield()
    for (const waiter of parts.scope.waiters) waiter.resume()
    assert.equal(parts.next.take().length, count)
    return performance.now() - startedAt
  }
  await drainMs(FEW)
  const few = (await drainMs(FEW * 4)) / (FEW * 4)
  const many = (await drainMs(MANY * 2)) / (MANY * 2)
  t.diagnostic(`${(many / few).toFixed(1)} times`)
  assert.ok(many < few * MOST_TIMES, `${many} ms an element of many, ${few} of few`)
})
