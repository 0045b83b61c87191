/** Asynchronous steps of live streams: who waits for room, and what happens at the end of a stream. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock, Stream } from 'sluice'
import { turn, whileMoving } from './turns.ts'

test('a source runs ahead by the capacity, and no further', async t => {
  const gates: (() => void)[] = []
  const taken = { count: 0 }
  const numbers = Stream.from(numbersUpTo(20, taken))
  t.after(() => numbers.dispose())
  const seen = numbers
    .mapAsync(
      async n => {
        await new Promise<void>(resolve => {
          gates.push(resolve)
        })
        return n
      },
      { concurrency: 2, capacity: 5 },
    )
    .toArray()
  const run = numbers.run()
  for (let turns = 0; turns < 20; turns++) await turn()
  assert.equal(gates.length, 2)
  // The one that waits for room has been taken from the source.
  assert.ok(taken.count >= 5 && taken.count <= 7, `${taken.count} were taken`)
  let opened = 0
  while (seen.length < 20) {
    gates[opened++]?.()
    await turn()
  }
  await run
  assert.deepEqual(seen, [...Array(20).keys()])
})

test('a slow head holds its source back, however quick those behind it are', async t => {
  const head = Promise.withResolvers<void>()
  const taken = { count: 0 }
  const numbers = Stream.from(numbersUpTo(100, taken))
  t.after(() => numbers.dispose())
  const seen = numbers
    .mapAsync(
      async n => {
        if (n === 0) await head.promise
        return n
      },
      { concurrency: 4 },
    )
    .toArray()
  const run = numbers.run()
  for (let turns = 0; turns < 50; turns++) await turn()
  assert.ok(taken.count <= 6, `${taken.count} were taken`)
  head.resolve()
  await run
  assert.equal(seen.length, 100)
})

test('on a keyed stream, a slow key does not stop the others', async t => {
  const clock = new ManualClock()
  const orders = new Stream<string>({ clock })
  t.after(() => orders.dispose())
  const seen = orders
    .keyBy(order => order.slice(0, 1))
    .mapAsync(
      async order => {
        await clock.sleep(order.startsWith('a') ? 1000 : 10)
        return order
      },
      { order: 'key', concurrency: 2, capacity: 10 },
    )
    .toArray()
  const emitted = ['a1', 'a2', 'b1', 'b2', 'b3'].map(async order => orders.emit(order))
  await whileMoving(clock, Promise.all(emitted))
  assert.deepEqual(seen, ['b1', 'b2', 'b3', 'a1', 'a2'])
})

test('a stream that is disposed of while its circuit is open keeps nobody waiting', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  numbers
    .mapAsync(() => Promise.reject(new Error('no')), {
      onError: 'retry',
      breaker: { after: 1, pause: '1h' },
    })
    .sink(() => {})
  const emitted = Promise.resolve(numbers.emit(1))
  await turn()
  const rejected = assert.rejects(emitted, { code: 'USAGE' })
  await numbers.dispose()
  await rejected
})

test('a call hears that its stream was disposed of', async () => {
  const numbers = new Stream<number>()
  const signals: AbortSignal[] = []
  numbers
    .mapAsync((_, { signal }) => {
      signals.push(signal)
      return new Promise<number>(() => {})
    })
    .sink(() => {})
  void Promise.resolve(numbers.emit(1)).catch(() => undefined)
  await numbers.dispose()
  assert.equal(signals[0]?.aborted, true)
})

/** Numbers from 0 on, and how many of them were taken. */
function* numbersUpTo(end: number, taken: { count: number }): Generator<number> {
  for (let n = 0; n < end; n++) {
    taken.count++
    yield n
  }
}
