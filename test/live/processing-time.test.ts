/** Steps of processing time in an app: what outlives a stop, and what happens when time passed meanwhile. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, SluiceError, Stream, visualize } from '../../src/index.ts'
import type { Stream as AnyStream } from '../../src/operators/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

function newApp(define: (stream: AnyStream<number>) => AnyStream<unknown>) {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const out = app.topic('out', { value: json<unknown>() })
  define(app.stream(numbers)).to(out)
  const driver = new TestDriver(app)
  return {
    driver,
    feed: (...values: readonly number[]) => driver.feed(numbers, values),
    results: () => driver.values(out),
    /** The time passes while nothing runs. */
    stopFor: async (ms: number) => {
      await driver.stop()
      driver.clock.advance(ms)
      await driver.start()
    },
  }
}

const HOUR_MS = 3_600_000

test('what a rateLimit has spent still counts after a restart, and after a crash', async () => {
  const { driver, feed, results, stopFor } = newApp(s => s.rateLimit({ max: 2, per: '1h' }))
  await driver.start()
  await feed(1, 2, 3, 4, 5)
  await driver.settle()
  assert.deepEqual(await results(), [1, 2])
  await stopFor(0.9 * HOUR_MS)
  assert.deepEqual(await results(), [1, 2])
  await driver.crash()
  await driver.start()
  assert.deepEqual(await results(), [1, 2])
  await driver.advance(0.2 * HOUR_MS)
  assert.deepEqual(await results(), [1, 2, 3, 4])
  await stopFor(0.8 * HOUR_MS)
  assert.deepEqual(await results(), [1, 2, 3, 4])
  await driver.advance(0.2 * HOUR_MS)
  assert.deepEqual(await results(), [1, 2, 3, 4, 5])
  await driver.stop()
})

test('each key of a keyed rateLimit keeps its own spent budget over a restart', async () => {
  const { driver, feed, results, stopFor } = newApp(s => s.keyBy(n => n % 2).rateLimit({ max: 1, per: '1h' }))
  await driver.start()
  await feed(1)
  await driver.settle()
  await stopFor(0.5 * HOUR_MS)
  await feed(2, 3)
  await driver.settle()
  assert.deepEqual(await results(), [1, 2])
  await driver.advance(0.6 * HOUR_MS)
  assert.deepEqual(await results(), [1, 2, 3])
  await driver.stop()
})

for (const [what, define, given] of [
  ['a chunk with a timeout', s => s.chunk(3, { timeout: '1m' }), [[1]]],
  ['a chunk of a key', s => s.keyBy(n => n % 2).chunk(3, { timeout: '1m' }), [[1]]],
  ['a delay', s => s.delay('1m'), [1]],
  ['a window of time', s => s.timedWindow('1m', { empty: false }), [[1]]],
] as readonly (readonly [string, (s: AnyStream<number>) => AnyStream<unknown>, unknown])[]) {
  test(`${what} that came due during a stop is given out once, after the start`, async () => {
    const { driver, feed, results, stopFor } = newApp(define)
    await driver.start()
    await feed(1)
    await driver.settle()
    assert.deepEqual(await results(), [])
    await stopFor(HOUR_MS)
    await driver.advance('2m')
    assert.deepEqual(await results(), given)
    await driver.crash()
    await driver.start()
    await stopFor(HOUR_MS)
    await driver.advance('2m')
    assert.deepEqual(await results(), given)
    await driver.stop()
  })
}

test('a drain waits for what is delayed, and gives out parts of chunks', async () => {
  const { driver, feed, results } = newApp(s => s.delay('1h').chunk(2).pace('1h'))
  await feed(1, 2, 3)
  await driver.drain()
  assert.deepEqual(await results(), [[1, 2], [3]])
  await driver.drain()
  assert.deepEqual(await results(), [[1, 2], [3]])
})

test('what a drain gave out is not given out again by the next run', async () => {
  for (const define of [
    (s: AnyStream<number>) => s.chunk(2),
    (s: AnyStream<number>) => s.chunkUnique(2),
    (s: AnyStream<number>) => s.timedWindow('1h'),
  ]) {
    const { driver, feed, results } = newApp(s => define(s).filter(row => (row as unknown[]).length > 0))
    await feed(1)
    await driver.drain()
    await feed(2, 3, 4)
    await driver.drain()
    const rows = (await results()) as readonly (readonly number[])[]
    assert.deepEqual(rows.flat(), [1, 2, 3, 4])
  }
})

test('what is only for live streams says so in an app, and names what to use instead', () => {
  const app = new App('app')
  const stream = app.stream(app.topic('numbers', { value: json<number>() }))
  const onlyLive: readonly ((s: AnyStream<number>) => unknown)[] = [
    s => s.buffer(3),
    s => s.latest(),
    s => s.collect(),
    s => s.emit(1),
    s => s.end(),
    s => s.flush(),
    s => s.connect(s),
    s => s.disconnect(s),
    s => s.run(),
    s => s.stop(),
    s => s.detach(),
    s => s[Symbol.asyncIterator](),
    s => s.readable(),
    s => s.writable(),
    s => s.subscribe(() => {}),
    s => visualize(s),
    s => s.zip([s], { maxSize: 3 }),
  ]
  for (const call of onlyLive) {
    assert.throws(
      () => call(stream),
      thrown =>
        thrown instanceof SluiceError &&
        ['GRAPH_INVALID', 'OPTION_INVALID'].includes(thrown.code) &&
        /live stream/.test(thrown.message),
      String(call),
    )
  }
})

test('a live stream and one of an app cannot be joined', () => {
  const app = new App('app')
  const stream = app.stream(app.topic('numbers', { value: json<number>() }))
  const live = new Stream<number>()
  assert.throws(() => live.zip(stream), { code: 'GRAPH_INVALID', message: /one of an app/ })
  assert.throws(() => live.merge(stream), { code: 'GRAPH_INVALID' })
  assert.throws(() => stream.merge(live), { code: 'GRAPH_INVALID', message: /live/ })
  assert.throws(() => stream.combineLatest(live), { code: 'GRAPH_INVALID', message: /live/ })
})
