/** Elements whose call had not settled when the app died are given to the step again: one result each. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, type Stream, tumbling } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

interface Reading {
  readonly key: string
  readonly time: number
}

interface Call {
  readonly reading: Reading
  readonly settle: () => void
}

const reading = json({ key: 'string', time: 'number' })

/** An app with a step whose calls the test settles; times 0, 1, 2 … */
function newApp(
  build: (readings: Stream<Reading>, call: (r: Reading) => Promise<Reading>) => Stream<unknown>,
) {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading })
  const out = app.topic('out')
  const calls: Call[] = []
  const call = (r: Reading): Promise<Reading> => {
    const { promise, resolve } = Promise.withResolvers<Reading>()
    calls.push({ reading: r, settle: () => resolve(r) })
    return promise
  }
  build(app.stream(readings), call).to(out)
  const driver = new TestDriver(app)
  const feed = (...times: readonly number[]): Promise<void> =>
    driver.feed(
      readings,
      times.map(time => ({ key: 'a', time })),
    )
  const called = (): readonly number[] => calls.map(each => each.reading.time)
  const settleAll = async (): Promise<void> => {
    let settled = 0
    while (settled < calls.length) {
      calls[settled++]?.settle()
      await driver.settle()
    }
  }
  return { driver, out, calls, called, feed, settleAll }
}

test('a call that had not settled at a crash is issued again, and gives exactly one result', async () => {
  const { driver, out, calls, called, feed, settleAll } = newApp((readings, call) =>
    readings.mapAsync(call, { concurrency: 3 }),
  )
  await feed(1, 2, 3, 4, 5)
  await driver.start()
  calls[0]?.settle()
  await driver.settle()
  assert.deepEqual(called(), [1, 2, 3, 4])
  await driver.crash()
  const old = calls.splice(0)
  await driver.start()
  assert.deepEqual(called(), [2, 3, 4])
  for (const call of old) call.settle()
  await driver.settle()
  assert.deepEqual((await driver.values(out)) as readonly Reading[], [{ key: 'a', time: 1 }])
  await settleAll()
  await driver.stop()
  assert.deepEqual(
    (await driver.values(out)).map(value => (value as Reading).time),
    [1, 2, 3, 4, 5],
  )
})

test('calls in flight delay no commit of what is done', async () => {
  const { driver, out, calls, feed } = newApp((readings, call) =>
    readings.mapAsync(call, { concurrency: 2, order: 'none' }),
  )
  await feed(1)
  await driver.start()
  calls[0]?.settle()
  await driver.settle()
  await feed(2, 3)
  await driver.settle()
  calls[2]?.settle()
  await driver.settle()
  await driver.crash()
  assert.deepEqual(
    (await driver.values(out)).map(value => (value as Reading).time),
    [1, 3],
  )
})

test('a run until the input is caught up waits for the calls in flight', async () => {
  const { driver, out, calls, feed } = newApp((readings, call) => readings.mapAsync(call))
  await feed(1)
  const running = driver.run()
  while (calls.length === 0) await new Promise(resolve => setImmediate(resolve))
  calls[0]?.settle()
  await running
  assert.equal((await driver.values(out)).length, 1)
})

test('a slow promise in map loses and reorders nothing', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const out = app.topic('out', { value: json<number>() })
  app
    .stream(numbers)
    .map(async n => {
      for (let turn = 0; turn < n % 4; turn++) await new Promise(resolve => setImmediate(resolve))
      return n
    })
    .filter(n => (n % 3 === 0 ? Promise.resolve(false) : true))
    .flatMap(n => (n % 2 === 0 ? Promise.resolve([n, n]) : [n]))
    .to(out)
  const driver = new TestDriver(app, { seed: 7 })
  const input = Array.from({ length: 60 }, (_, n) => n)
  await driver.feed(numbers, input)
  await driver.run()
  assert.deepEqual(
    await driver.values(out),
    input.filter(n => n % 3 !== 0).flatMap(n => (n % 2 === 0 ? [n, n] : [n])),
  )
})

test('a window waits for an element in flight, also over a restart', async () => {
  // After a restart the watermark used to overtake the elements in flight, which were then too late.
  const { driver, out, called, feed, calls, settleAll } = newApp((readings, call) =>
    readings
      .eventTime(r => r.time, { maxAhead: false })
      .mapAsync(r => (r.time < 10 ? call(r) : Promise.resolve(r)), { concurrency: 4 })
      .keyBy('key')
      .window(tumbling(10))
      .count()
      .map(({ window, value }) => [window.start, value]),
  )
  await feed(1, 15, 30)
  await driver.start()
  await driver.crash()
  calls.length = 0
  await driver.start()
  assert.deepEqual(called(), [1])
  assert.deepEqual(await driver.values(out), [])
  await settleAll()
  await driver.stop()
  assert.deepEqual(await driver.values(out), [
    [0, 1],
    [10, 1],
  ])
})

for (const [before, after] of [
  [1, 2],
  [2, 1],
  [3, 2],
] as const) {
  test(`elements in flight survive a change from ${before} to ${after} workers, behind a keyBy too`, async () => {
    const { driver, out, calls, called, feed, settleAll } = newApp((readings, call) =>
      readings.keyBy(r => r.key).mapAsync(call, { concurrency: 2 }),
    )
    await feed(1, 2, 3)
    await driver.start({ workers: before })
    assert.deepEqual(called(), [1, 2])
    await driver.crash()
    calls.length = 0
    await driver.start({ workers: after })
    await settleAll()
    await driver.stop()
    assert.deepEqual(
      (await driver.values(out)).map(value => (value as Reading).time),
      [1, 2, 3],
    )
  })
}

test('an element that waits for another attempt survives a restart', async () => {
  let works = false
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const out = app.topic('out', { value: json<number>() })
  app
    .stream(numbers)
    .map(
      n => {
        if (!works) throw new Error('not yet')
        return n
      },
      { onError: { retry: { backOff: '1m' } } },
    )
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2])
  await driver.start()
  await driver.crash()
  works = true
  await driver.run()
  assert.deepEqual(await driver.values(out), [1, 2])
})

test('an element in flight that msgpack cannot carry is an error of its step', async () => {
  const { driver, feed } = newApp((readings, call) =>
    readings.map(r => ({ ...r, fn: () => r })).mapAsync(r => call(r)),
  )
  await feed(1)
  await assert.rejects(driver.start(), { code: 'ENCODE_FAILED', step: 'readings.mapAsync' })
})

const SLOW: readonly (readonly [string, (time: number) => boolean, (time: number) => boolean])[] = [
  ['the map', time => time % 3 === 0, () => false],
  ['the filter', () => false, time => time % 3 === 0],
  ['both', time => time % 2 === 0, time => time % 3 === 0],
]

for (const [which, slowMap, slowFilter] of SLOW) {
  test(`in a filter behind a map nothing is overtaken where ${which} sometimes gives a promise`, async () => {
    const app = new App('app')
    const times = app.topic('times', { value: json<number>() })
    const out = app.topic('out', { value: json<number>() })
    const later = <T>(value: T): Promise<T> => new Promise(resolve => setImmediate(resolve, value))
    app
      .stream(times)
      .map(time => (slowMap(time) ? later(time) : time))
      .filter(time => (slowFilter(time) ? later(time % 5 !== 0) : time % 5 !== 0))
      .to(out)
    const driver = new TestDriver(app)
    const input = Array.from({ length: 40 }, (_, time) => time)
    await driver.feed(times, input)
    await driver.run()
    assert.deepEqual(
      await driver.values(out),
      input.filter(time => time % 5 !== 0),
    )
  })
}

test('in order by key, what was in flight at a crash is called again in the order of each key', async () => {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading })
  const out = app.topic('out', { value: reading })
  const calls: Call[] = []
  app
    .stream(readings)
    .keyBy('key')
    .mapAsync(
      async r => {
        const { promise, resolve } = Promise.withResolvers<Reading>()
        calls.push({ reading: r, settle: () => resolve(r) })
        return promise
      },
      { order: 'key', concurrency: 2, capacity: 10 },
    )
    .to(out)
  const driver = new TestDriver(app)
  await driver.feed(
    readings,
    ['a', 'a', 'a', 'b', 'b', 'c'].map((key, time) => ({ key, time })),
  )
  await driver.start()
  assert.deepEqual(
    calls.map(call => call.reading.time),
    [0, 3],
  )
  calls[1]?.settle()
  await driver.settle()
  await driver.crash()
  calls.length = 0
  await driver.start()
  let settled = 0
  while (settled < calls.length) {
    calls[settled++]?.settle()
    await driver.settle()
  }
  await driver.stop()
  const called = (key: string): readonly number[] =>
    calls.filter(call => call.reading.key === key).map(call => call.reading.time)
  assert.deepEqual([called('a'), called('b'), called('c')], [[0, 1, 2], [4], [5]])
  const written = await driver.values(out)
  for (const [key, times] of [
    ['a', [0, 1, 2]],
    ['b', [3, 4]],
    ['c', [5]],
  ] as const) {
    assert.deepEqual(
      written.flatMap(value => (value?.key === key ? [value.time] : [])),
      times,
    )
  }
})

for (const order of ['key', 'none'] as const) {
  test(`in order ${order}, a slow element holds up no others at commits, where nobody looks at watermarks`, async () => {
    const { driver, out, calls, feed, settleAll } = newApp((readings, call) =>
      readings.keyBy(r => r.time % 2).mapAsync(call, { concurrency: 2, order, capacity: 10 }),
    )
    await feed(1)
    await driver.start()
    for (const time of [2, 4, 6]) {
      await feed(time)
      await driver.settle()
      calls.at(-1)?.settle()
      await driver.settle()
    }
    assert.deepEqual(
      (await driver.values(out)).map(value => (value as Reading).time),
      [2, 4, 6],
    )
    await settleAll()
    await driver.stop()
    assert.equal((await driver.values(out)).length, 4)
  })
}

test('calls under way hear it when the app fails', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  const signals: AbortSignal[] = []
  app
    .stream(numbers)
    .mapAsync(
      async (n, { signal }) => {
        signals.push(signal)
        if (n === 2) throw new Error('no')
        return new Promise<number>(() => {})
      },
      { concurrency: 2, order: 'none' },
    )
    .toArray()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2])
  await assert.rejects(driver.run(), { code: 'STEP_FAILED' })
  assert.deepEqual(
    signals.map(signal => signal.aborted),
    [true, false],
  )
})

test('an open circuit is part of the progress, and is told', async () => {
  const app = new App('app')
  const numbers = app.topic('numbers', { value: json<number>() })
  app
    .stream(numbers)
    .mapAsync(() => Promise.reject(new Error('no service')), {
      id: 'load',
      breaker: { after: 2, pause: '1m' },
      onError: 'skip',
    })
    .toArray()
  const driver = new TestDriver(app)
  await driver.feed(numbers, [1, 2, 3])
  await driver.start()
  await driver.stop()
  const progress = driver.events.findLast(event => event.type === 'progress')
  const load = progress?.type === 'progress' ? progress.steps.find(({ step }) => step === 'load') : undefined
  assert.deepEqual([load?.circuit?.failures, load?.circuit?.error], [2, 'Error: no service'])
  assert.equal(driver.events.filter(event => event.type === 'circuit').length, 1)
})
