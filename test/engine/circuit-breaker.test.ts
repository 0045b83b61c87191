/** A step whose function always fails is left alone for a while: elements wait, and lose no attempts. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { AsyncOperator } from '../../src/engine/index.ts'
import type { ErrorPolicy, MapAsyncOptions } from '../../src/index.ts'
import { concurrencyOf } from '../../src/operators/async-options.ts'
import { systemClock } from '../../src/time/index.ts'
import { contextAt, newParts } from './operator-fixture.ts'

const RETRY: ErrorPolicy = { retry: { attempts: 100, backOff: 1 } }

/** A step with a breaker, whose function does what the test says. */
function newStep(given: MapAsyncOptions, policy: ErrorPolicy = RETRY) {
  const parts = newParts(policy)
  const { clock, events, scope, next } = parts
  const calls: unknown[] = []
  const service = { fails: true }
  const operator = new AsyncOperator(
    { ...parts, concurrency: concurrencyOf(given, { name: 'step', isKeyed: true }) },
    async value => {
      calls.push(value)
      await Promise.resolve()
      if (service.fails) throw new TypeError(`no ${String(value)}`)
      return value
    },
  )
  const push = (...values: readonly number[]): void => {
    for (const value of values) operator.push(value, contextAt(value, { key: `k${value}` }))
  }
  /** Lets so much time pass, a millisecond at a time, with the turns that are asked for. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed <= ms; passed++) {
      await systemClock.yield()
      for (const waiter of scope.waiters) if (waiter.resumeAt() <= clock.monotonic()) waiter.resume()
      if (passed < ms) clock.advance(1)
    }
    await systemClock.yield()
    for (const waiter of scope.waiters) if (waiter.resumeAt() <= clock.monotonic()) waiter.resume()
  }
  const switches = (): readonly unknown[] =>
    events.flatMap(event => (event.type === 'circuit' ? [{ ...event, until: event.until !== null }] : []))
  return { operator, clock, scope, next, calls, service, push, pass, switches }
}

test('after so many failures in a row no call is made for the pause, and it is told why', async () => {
  const { push, pass, calls, switches, operator, clock } = newStep({ breaker: { after: 3, pause: 50 } })
  push(1)
  await pass(10)
  assert.deepEqual(calls, [1, 1, 1])
  assert.deepEqual(switches(), [
    { type: 'circuit', step: 'step', until: true, failures: 3, error: 'TypeError: no 1' },
  ])
  assert.ok((operator.openCircuit?.until ?? 0) > clock.now())
  await pass(30)
  assert.equal(calls.length, 3)
})

test('after the pause one call is tried: success closes the circuit, and all go on', async () => {
  const { push, pass, calls, switches, service, next, operator } = newStep({
    concurrency: 4,
    capacity: 8,
    breaker: { after: 4, pause: 50 },
  })
  push(1, 2, 3, 4, 5)
  await pass(10)
  assert.deepEqual(calls, [1, 2, 3, 4])
  service.fails = false
  await pass(60)
  assert.deepEqual(calls.slice(4, 5), [1])
  assert.deepEqual(next.take(), [1, 2, 3, 4, 5])
  assert.deepEqual(switches().at(-1), { type: 'circuit', step: 'step', until: false, failures: 0, error: '' })
  assert.equal(operator.openCircuit, undefined)
})

test('a trial that fails opens it for twice the pause, and so on up to ten times', async () => {
  const { push, pass, calls } = newStep({ concurrency: 2, breaker: { after: 2, pause: 10 } })
  push(1, 2)
  await pass(5)
  assert.equal(calls.length, 2)
  const trials: number[] = []
  for (let ms = 5; ms < 400; ms++) {
    const before = calls.length
    await pass(1)
    assert.ok(calls.length - before <= 1)
    if (calls.length > before) trials.push(ms)
  }
  const pauses = trials.map((at, index) => at - (trials[index - 1] ?? 0)).slice(1)
  assert.deepEqual(pauses, [20, 40, 80, 100, 100])
})

test('an element that waits for the circuit loses no attempt', async () => {
  const { push, pass, calls, scope } = newStep(
    { breaker: { after: 2, pause: 1000 } },
    { retry: { attempts: 3, backOff: 1 } },
  )
  push(7)
  await pass(900)
  assert.equal(calls.length, 2)
  const failure = (): string | undefined => scope.failure?.code
  assert.equal(failure(), undefined)
  await pass(200)
  assert.equal(calls.length, 3)
  assert.equal(failure(), 'STEP_FAILED')
})

test('an element without attempts left goes by its policy, and those behind it wait', async () => {
  const { push, pass, calls, scope, service, next } = newStep({ breaker: { after: 2, pause: 100 } }, 'skip')
  push(1, 2, 3, 4)
  await pass(10)
  assert.deepEqual(calls, [1, 2])
  assert.equal(scope.counters.skipped, 2)
  service.fails = false
  await pass(100)
  assert.deepEqual(next.take(), [3, 4])
})

test('elements that come while the circuit is open and nothing waits are not called', async () => {
  const { push, pass, calls, service, next } = newStep({ breaker: { after: 1, pause: 100 } }, 'skip')
  push(1)
  await pass(10)
  push(2)
  await pass(10)
  assert.deepEqual(calls, [1])
  service.fails = false
  await pass(100)
  assert.deepEqual(next.take(), [2])
})

test('a success in between begins the count anew', async () => {
  const { push, pass, calls, service, switches } = newStep({ breaker: { after: 2, pause: 1000 } }, 'skip')
  for (const [number, fails] of [true, false, true, false, true].entries()) {
    service.fails = fails
    push(number)
    await pass(1)
  }
  assert.equal(calls.length, 5)
  assert.deepEqual(switches(), [])
})

test('calls that were under way when the circuit opened neither close it nor open it for longer', async () => {
  const parts = newParts('skip')
  const calls: PromiseWithResolvers<unknown>[] = []
  const options = { concurrency: 3, capacity: 9, order: 'none', breaker: { after: 1, pause: 50 } } as const
  const operator = new AsyncOperator(
    { ...parts, concurrency: concurrencyOf(options, { name: 'step', isKeyed: false }) },
    () => {
      const call = Promise.withResolvers<unknown>()
      calls.push(call)
      return call.promise
    },
  )
  for (const value of [1, 2, 3, 4]) operator.push(value, contextAt(value))
  const turn = async (): Promise<void> => {
    await systemClock.yield()
    for (const waiter of parts.scope.waiters) {
      if (waiter.resumeAt() <= parts.clock.monotonic()) waiter.resume()
    }
  }
  calls[0]?.reject(new Error('no'))
  await turn()
  const { until } = operator.openCircuit ?? {}
  parts.clock.advance(20)
  calls[1]?.resolve('two')
  calls[2]?.reject(new Error('neither'))
  await turn()
  assert.deepEqual(parts.next.take(), ['two'])
  assert.equal(operator.openCircuit?.until, until)
  assert.equal(calls.length, 3)
  parts.clock.advance(30)
  await turn()
  assert.equal(calls.length, 4)
})

test('a call that takes too long counts as a failure', async () => {
  const parts = newParts('skip')
  const options = { timeout: 10, breaker: { after: 1, pause: 50 } }
  const operator = new AsyncOperator(
    { ...parts, concurrency: concurrencyOf(options, { name: 'step', isKeyed: false }) },
    () => new Promise(() => {}),
  )
  operator.push(1, contextAt(1))
  parts.clock.advance(10)
  await systemClock.yield()
  assert.equal(operator.openCircuit?.error, 'took longer than 10 ms')
})
