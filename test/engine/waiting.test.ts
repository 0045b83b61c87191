/** Elements that wait at a step: order, concurrency, time-outs, retries, and watermarks behind them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Key } from '../../src/codec/index.ts'
import { MapOperator } from '../../src/engine/function-operators.ts'
import { AsyncOperator } from '../../src/engine/index.ts'
import type { AsyncCall } from '../../src/graph/index.ts'
import type { ErrorPolicy, MapAsyncOptions } from '../../src/index.ts'
import { concurrencyOf } from '../../src/operators/async-options.ts'
import { systemClock } from '../../src/time/index.ts'
import { contextAt, newParts } from './operator-fixture.ts'

interface Call {
  readonly value: unknown
  readonly call: AsyncCall | undefined
  readonly resolve: (result: unknown) => void
  readonly reject: (reason: Error) => void
}

/** A step whose calls the test settles, in any order. */
function newStep(given?: MapAsyncOptions, policy?: ErrorPolicy) {
  const parts = newParts(policy)
  const calls: Call[] = []
  const fn = (value: unknown, call?: AsyncCall): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    calls.push({ value, call, resolve, reject })
    return promise
  }
  const operator =
    given === undefined
      ? new MapOperator(parts, fn)
      : new AsyncOperator(
          { ...parts, concurrency: concurrencyOf(given, { name: 'step', isKeyed: true }) },
          fn,
        )
  const push = (...values: readonly unknown[]): void => {
    for (const value of values) operator.push(value, contextAt(Number(value), { key: `k${String(value)}` }))
  }
  /** What the worker's loop does after something settled or time passed. */
  const turn = async (): Promise<readonly unknown[]> => {
    await systemClock.yield()
    for (const waiter of parts.scope.waiters) {
      if (waiter.resumeAt() <= parts.clock.monotonic()) waiter.resume()
    }
    return parts.next.take()
  }
  const wantsTurn = (): boolean => {
    for (const waiter of parts.scope.waiters) if (waiter.resumeAt() <= parts.clock.monotonic()) return true
    return false
  }
  const pushKeyed = (...elements: readonly (readonly [key: Key, value: number])[]): void => {
    for (const [key, value] of elements) operator.push(value, contextAt(value, { key }))
  }
  const called = (): readonly unknown[] => calls.map(({ value }) => value)
  return { ...parts, operator, calls, push, pushKeyed, called, turn, wantsTurn }
}

test('a promise in map is awaited, one at a time and in order, with its own context', async () => {
  const { push, calls, turn, next } = newStep()
  push(1, 2)
  assert.equal(calls.length, 1)
  calls[0]?.resolve('one')
  assert.deepEqual(await turn(), ['one'])
  calls[1]?.resolve('two')
  assert.deepEqual(await turn(), ['two'])
  assert.deepEqual(
    next.contexts.map(context => [context.time, context.key]),
    [
      [1, 'k1'],
      [2, 'k2'],
    ],
  )
})

test('elements that need no waiting wait behind one that does', async () => {
  const parts = newParts()
  const gate = Promise.withResolvers<string>()
  const operator = new MapOperator(parts, value => (value === 1 ? gate.promise : value))
  for (const value of [1, 2, 3]) operator.push(value, contextAt(value))
  assert.deepEqual(parts.next.take(), [])
  gate.resolve('slow')
  await systemClock.yield()
  for (const waiter of parts.scope.waiters) waiter.resume()
  assert.deepEqual(parts.next.take(), ['slow', 2, 3])
  operator.push(4, contextAt(4))
  assert.deepEqual(parts.next.take(), [4])
})

test('while it waits the step takes no further elements, and says so', async () => {
  const { push, scope, calls, turn } = newStep({ concurrency: 2 })
  push(1)
  assert.equal(scope.blocked, 0)
  push(2)
  assert.equal(scope.blocked, 1)
  calls[0]?.resolve('one')
  await turn()
  assert.equal(scope.blocked, 0)
})

test('no more calls are under way than allowed', async () => {
  const { push, calls, turn } = newStep({ concurrency: 2 })
  push(1, 2, 3, 4)
  await turn()
  assert.equal(calls.length, 2)
  calls[1]?.resolve('two')
  await turn()
  assert.equal(calls.length, 3)
})

test('ordered results wait for the ones before them', async () => {
  const { push, calls, turn } = newStep({ concurrency: 3 })
  push(1, 2, 3)
  await turn()
  calls[2]?.resolve('three')
  calls[1]?.resolve('two')
  assert.deepEqual(await turn(), [])
  calls[0]?.resolve('one')
  assert.deepEqual(await turn(), ['one', 'two', 'three'])
})

test('unordered results go as they come', async () => {
  const { push, calls, turn } = newStep({ concurrency: 3, order: 'none' })
  push(1, 2, 3)
  await turn()
  calls[2]?.resolve('three')
  assert.deepEqual(await turn(), ['three'])
  calls[0]?.resolve('one')
  assert.deepEqual(await turn(), ['one'])
})

test('a result that waits for the ones before it does not keep the loop turning', async () => {
  const { push, calls, turn, wantsTurn } = newStep({ concurrency: 3 })
  push(1, 2, 3, 4)
  await turn()
  assert.equal(wantsTurn(), false)
  calls[1]?.resolve('two')
  await turn()
  assert.equal(wantsTurn(), false)
  calls[0]?.resolve('one')
  await systemClock.yield()
  assert.equal(wantsTurn(), true)
})

for (const order of ['all', 'key', 'none'] as const) {
  test(`watermarks wait behind the elements before them, in order ${order}`, async () => {
    const { operator, push, calls, turn } = newStep({ concurrency: 4, order })
    push(1, 2)
    operator.advance(10, false)
    push(3)
    operator.advance(20, false)
    operator.advance(30, true)
    await turn()
    calls[2]?.resolve('three')
    calls[1]?.resolve('two')
    const early = await turn()
    calls[0]?.resolve('one')
    const all = [...early, ...(await turn())]
    assert.deepEqual(
      all,
      order === 'all'
        ? ['one', 'two', 'watermark 10', 'three', 'idle at 30']
        : ['two', 'one', 'watermark 10', 'three', 'idle at 30'],
    )
  })
}

test('with nothing in flight a watermark goes straight through', () => {
  const { operator, next } = newStep()
  operator.advance(10, false)
  assert.deepEqual(next.take(), ['watermark 10'])
})

test('a call that fails is tried again after its back-off, which doubles', async () => {
  const { push, calls, turn, clock, events, wantsTurn } = newStep(undefined, {
    retry: { attempts: 3, backOff: 100 },
  })
  push(1, 2)
  calls[0]?.reject(new Error('first'))
  assert.deepEqual(await turn(), [])
  clock.advance(99)
  assert.equal(wantsTurn(), false)
  clock.advance(1)
  await turn()
  assert.equal(calls.length, 2)
  calls[1]?.reject(new Error('second'))
  await turn()
  clock.advance(199)
  await turn()
  assert.equal(calls.length, 2)
  clock.advance(1)
  await turn()
  calls[2]?.resolve('one')
  assert.deepEqual(await turn(), ['one'])
  assert.deepEqual(
    calls.map(call => call.value),
    [1, 1, 1, 2],
  )
  assert.deepEqual(
    events.map(event => (event.type === 'error' ? event.action : event.type)),
    ['retrying', 'retrying'],
  )
})

test('after the last attempt the final policy holds, and the next element has its turn', async () => {
  const { push, calls, turn, clock, scope } = newStep(undefined, {
    retry: { attempts: 2, backOff: 10, otherwise: 'skip' },
  })
  push(1, 2)
  calls[0]?.reject(new Error('no'))
  await turn()
  clock.advance(10)
  await turn()
  calls[1]?.reject(new Error('still no'))
  await turn()
  assert.equal(scope.counters.skipped, 1)
  calls[2]?.resolve('two')
  assert.deepEqual(await turn(), ['two'])
})

test('a function that throws at once is retried as well', async () => {
  const parts = newParts({ retry: { attempts: 2, backOff: 10 } })
  let calls = 0
  const operator = new MapOperator(parts, value => {
    if (++calls === 1) throw new Error('no')
    return value
  })
  operator.push(1, contextAt(1))
  operator.push(2, contextAt(2))
  assert.deepEqual(parts.next.take(), [])
  parts.clock.advance(10)
  for (const waiter of parts.scope.waiters) waiter.resume()
  assert.deepEqual(parts.next.take(), [1, 2])
})

test('without retries a rejection is the step’s failure, and nothing behind it goes on', async () => {
  const { push, calls, turn, scope } = newStep()
  push(1, 2)
  calls[0]?.reject(new TypeError('no'))
  assert.deepEqual(await turn(), [])
  assert.equal(scope.failure?.code, 'STEP_FAILED')
  assert.match(scope.failure?.message ?? '', /^step "step" failed on element 1 of key "k1": TypeError: no$/)
})

test('a call that takes too long has failed, and its late result counts no more', async () => {
  const { push, calls, turn, clock, scope } = newStep({ timeout: 1000 }, 'skip')
  push(1)
  clock.advance(1000)
  await turn()
  assert.equal(scope.counters.skipped, 1)
  calls[0]?.resolve('too late')
  assert.deepEqual(await turn(), [])
})

test('a result in time stops its time-out', async () => {
  const { push, calls, turn, clock, scope } = newStep({ timeout: 1000 })
  push(1)
  calls[0]?.resolve('in time')
  assert.deepEqual(await turn(), ['in time'])
  clock.advance(5000)
  await turn()
  assert.equal(scope.failure, undefined)
})

test('what is in flight is progress: inputs and contexts, in order, settled or not', async () => {
  const { operator, push, calls, turn } = newStep({ concurrency: 3 })
  push(1, 2, 3)
  await turn()
  calls[1]?.resolve('two')
  await turn()
  assert.deepEqual(
    operator.inFlight().map(({ value, context }) => [value, context.time, context.key]),
    [
      [1, 1, 'k1'],
      [2, 2, 'k2'],
      [3, 3, 'k3'],
    ],
  )
})

test('an element that is taken up again is called again, before a watermark that comes after it', async () => {
  const { operator, calls, turn } = newStep()
  operator.resumeElement(1, contextAt(1))
  operator.advance(10, false)
  await turn()
  calls[0]?.resolve('one')
  assert.deepEqual(await turn(), ['one', 'watermark 10'])
})

test('in order by key, elements of a key are called one after the other, and keys overtake each other', async () => {
  const { pushKeyed, calls, turn, called } = newStep({ concurrency: 3, order: 'key' })
  pushKeyed(['a', 1], ['a', 2], ['b', 3], ['c', 4], ['b', 5])
  await turn()
  assert.deepEqual(called(), [1, 3, 4])
  calls[1]?.resolve('b3')
  assert.deepEqual(await turn(), ['b3'])
  assert.deepEqual(called(), [1, 3, 4, 5])
  calls[3]?.resolve('b5')
  calls[2]?.resolve('c4')
  assert.deepEqual(await turn(), ['b5', 'c4'])
  calls[0]?.resolve('a1')
  assert.deepEqual(await turn(), ['a1'])
  calls[4]?.resolve('a2')
  assert.deepEqual(await turn(), ['a2'])
})

test('in order by key, an element that is tried again keeps those of its key behind it, and no others', async () => {
  const { pushKeyed, calls, turn, called, clock } = newStep(
    { concurrency: 2, capacity: 9, order: 'key' },
    { retry: { attempts: 2, backOff: 100 } },
  )
  pushKeyed(['a', 1], ['a', 2], ['b', 3])
  calls[0]?.reject(new Error('no'))
  await turn()
  calls[1]?.resolve('b3')
  assert.deepEqual(await turn(), ['b3'])
  assert.deepEqual(called(), [1, 3])
  clock.advance(100)
  await turn()
  assert.deepEqual(called(), [1, 3, 1])
})

test('keys that are tuples are told apart by their parts', async () => {
  const { pushKeyed, turn, called } = newStep({ concurrency: 3, order: 'key' })
  pushKeyed([['a', 1], 1], [['a', 1], 2], [['a', 2], 3])
  await turn()
  assert.deepEqual(called(), [1, 3])
})

test('more elements may wait than calls may be under way', async () => {
  const { push, scope, calls, turn } = newStep({ concurrency: 1, capacity: 3 })
  push(1, 2)
  assert.equal(scope.blocked, 0)
  push(3)
  assert.equal(scope.blocked, 1)
  await turn()
  assert.equal(calls.length, 1)
  calls[0]?.resolve('one')
  await turn()
  assert.equal(scope.blocked, 0)
})

test('a call that takes too long is told by its signal, and the next attempt has all of the time', async () => {
  const { push, calls, turn, clock } = newStep(
    { timeout: 1000 },
    { retry: { attempts: 2, backOff: 10, otherwise: 'skip' } },
  )
  push(1)
  const first = calls[0]?.call?.signal
  clock.advance(999)
  await turn()
  assert.equal(first?.aborted, false)
  clock.advance(1)
  await turn()
  assert.equal(first?.aborted, true)
  assert.match(String(first?.reason), /took longer than 1000 ms$/)
  clock.advance(10)
  await turn()
  clock.advance(999)
  await turn()
  const second = calls[1]?.call?.signal
  assert.equal(second?.aborted, false)
  calls[1]?.resolve('one')
  assert.deepEqual(await turn(), ['one'])
  assert.equal(second?.aborted, false)
})

test('each call has its own time limit, whichever of them is settled', async () => {
  const { push, calls, turn, clock, scope } = newStep({ concurrency: 3, order: 'none', timeout: 100 }, 'skip')
  push(1)
  clock.advance(40)
  push(2)
  clock.advance(40)
  push(3)
  calls[0]?.resolve('one')
  assert.deepEqual(await turn(), ['one'])
  clock.advance(59)
  await turn()
  assert.equal(scope.counters.skipped, 0)
  clock.advance(1)
  await turn()
  assert.equal(scope.counters.skipped, 1)
  calls[2]?.resolve('three')
  assert.deepEqual(await turn(), ['three'])
})

test('calls under way are told when the step is closed, and so is a signal that is looked at later', () => {
  const { operator, push, calls, scope } = newStep({ concurrency: 2 })
  push(1, 2)
  const early = calls[0]?.call?.signal
  operator.close()
  assert.equal(early?.aborted, true)
  assert.equal(calls[1]?.call?.signal.aborted, true)
  assert.equal(scope.blocked, 0)
  assert.deepEqual(operator.inFlight(), [])
})

test('a function that gives no promise is taken at its word, in order', async () => {
  const parts = newParts()
  const operator = new AsyncOperator(
    { ...parts, concurrency: concurrencyOf({ concurrency: 2 }, { name: 'step', isKeyed: false }) },
    value => (value === 1 ? new Promise(() => {}) : value),
  )
  operator.push(2, contextAt(2))
  for (const waiter of parts.scope.waiters) waiter.resume()
  operator.push(1, contextAt(1))
  operator.push(3, contextAt(3))
  for (const waiter of parts.scope.waiters) waiter.resume()
  assert.deepEqual(parts.next.take(), [2])
})
