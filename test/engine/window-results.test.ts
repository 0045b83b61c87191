/** How often windows give results, and what an element that a fold refuses leaves behind in them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  App,
  countWindows,
  drawGraph,
  globalWindow,
  json,
  MemoryBroker,
  Stream,
  session,
  tumbling,
} from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

test('a session that changed often since its last early result gives the next one once', async () => {
  const readings = new Stream<{ readonly key: string; readonly time: number }>()
  const results = readings
    .eventTime(reading => reading.time)
    .keyBy('key')
    .window(session(1000), { emit: { every: 10 } })
    .count()
    .toArray()
  for (const time of [8, 9, 11, 12, 13, 25]) await readings.emit({ key: 'a', time })
  assert.deepEqual(
    results.map(({ value }) => value),
    [1, 3, 6],
  )
})

for (const every of [1, 3]) {
  test(`count windows hold what was not skipped, a result after each ${every}`, async () => {
    const app = new App('app')
    const numbers = app.topic('numbers', { value: json({ number: 'number' }), keyedBy: 'number' })
    const sums = app.topic('sums', { value: json({ numbers: ['number'] }) })
    app
      .stream(numbers)
      .keyBy(() => 'all')
      .window(countWindows(3, { every }))
      .aggregate(
        {
          init: (): readonly number[] => [],
          add(before, { number }) {
            if (number % 3 === 2) throw new Error('refused')
            return [...before, number]
          },
        },
        { onError: 'skip' },
      )
      .map(({ value }) => ({ numbers: [...value] }))
      .to(sums)
    const driver = new TestDriver(app)
    await driver.feed(
      numbers,
      [1, 2, 3, 4, 5, 6, 7].map(number => ({ number })),
    )
    await driver.run()
    const given = (await driver.values(sums)).map(value => value?.numbers)
    const all = [[1], [1, 3], [1, 3, 4], [3, 4, 6], [4, 6, 7]]
    assert.deepEqual(given, every === 1 ? all : [[1, 3, 4]])
  })
}

test('how long windows wait for late elements may change from run to run', async () => {
  const program = (lateness: number) => {
    const app = new App('waits')
    const value = json({ key: 'string', time: 'number' })
    const readings = app.topic('readings', { value, keyedBy: 'key', partitions: 1 })
    const windows = app
      .stream(readings)
      .eventTime(reading => reading.time, { maxAhead: false })
      .keyBy('key')
      .window(tumbling(10), { lateness })
    return { app, readings, counts: windows.count().toArray(), late: windows.late.toArray() }
  }
  const broker = new MemoryBroker()
  const run = async (lateness: number, times: readonly number[]) => {
    const { app, readings, counts, late } = program(lateness)
    const driver = new TestDriver(app, { broker })
    await driver.feed(
      readings,
      times.map(time => ({ key: 'a', time })),
    )
    await driver.run()
    const given = counts.map(({ window, value }) => `${window.start}: ${value}`)
    return [...given, ...late.map(({ time }) => `late ${time}`)]
  }
  assert.deepEqual(await run(0, [1, 12]), ['0: 1'])
  assert.deepEqual(await run(20, [2, 13, 22, 14]), ['10: 2', '10: 3', 'late 2'])
  assert.deepEqual(await run(0, [15, 23, 32]), ['20: 2', 'late 15'])
})

test('a window that is emptied after each result leaves no state behind', async () => {
  const app = new App('app')
  const readings = app.topic('readings', { value: json({ key: 'string' }), keyedBy: 'key' })
  const counts = app.topic('counts', { value: json({ count: 'number' }) })
  app
    .stream(readings)
    .keyBy('key')
    .window(globalWindow(), { emit: { count: 2, purge: true } })
    .count()
    .map(({ value }) => ({ count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feed(readings, [{ key: 'a' }, { key: 'a' }, { key: 'b' }])
  await driver.run()
  assert.deepEqual(await driver.values(counts), [{ count: 2 }])
  const entries = driver.events.flatMap(event => (event.type === 'progress' ? [event.stateEntries] : []))
  // The window of b, and that one element came since its last result.
  assert.equal(entries.at(-1), 2)
})

test('a picture says when results come, where that is not once and at the end', () => {
  const app = new App('pictured')
  const readings = app.topic('readings', { value: json({ key: 'string' }), keyedBy: 'key' })
  const keyed = app.stream(readings).keyBy('key')
  keyed
    .window(tumbling(10), { lateness: '5s', emit: { every: '2s' } })
    .count()
    .print()
  keyed.window(session(10), { emit: 'update' }).count().print()
  const text = drawGraph(app.graph(), 'text')
  assert.match(
    text,
    /tumbling\(10\) count:1, late elements for 5000 ms, results each 2000 ms of event time\)/,
  )
  assert.match(text, /session\(10\) count:1, a result for each element\)/)
})
