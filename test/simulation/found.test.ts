/** What the simulation found, each with its story. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from 'sluice'
import { TestDriver } from 'sluice/testing'
import { simulate } from './simulate.ts'

interface Visit {
  readonly page: string
  readonly time: number
}

const visit = json({ page: 'string', time: 'number' })
const count = json({ page: 'string', count: 'number' })
const A: Visit = { page: 'a', time: 1000 }

function program(options: { shards?: number; partitions?: number } = {}) {
  const { partitions = 1, ...appOptions } = options
  const app = new App('visits', appOptions)
  const visits = app.topic('visits', { value: visit, partitions })
  const counts = app.topic('counts', { value: count })
  return { app, visits, counts, timed: app.stream(visits).eventTime(v => v.time) }
}

// A drain asked the deepest tasks first whether they had ended, and only then ended the sources: the
// windows that closed thereby gave results that were still under way when the run was over.
test('a drain waits for results that are under way in asynchronous steps behind windows', async () => {
  const { app, visits, counts, timed } = program()
  timed
    .keyBy(v => v.page)
    .window(tumbling(10))
    .count()
    .map(async ({ key, value }) => ({ page: key, count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feed(visits, [A])
  await driver.drain()
  assert.deepEqual(await driver.values(counts), [{ page: 'a', count: 1 }])
})

// The end of a drained source passed by elements that were still in flight above the time step, and
// these then opened windows that nothing closed.
test('a drain lets event time end behind what is in flight before it', async () => {
  const app = new App('visits')
  const visits = app.topic('visits', { value: visit })
  const counts = app.topic('counts', { value: count })
  app
    .stream(visits)
    .mapAsync(async v => v)
    .eventTime(v => v.time)
    .keyBy('page')
    .window(tumbling(10))
    .count()
    .map(({ key, value }) => ({ page: key, count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feed(visits, [A])
  await driver.drain()
  assert.deepEqual(await driver.values(counts), [{ page: 'a', count: 1 }])
})

// A stream that is merged with its own re-keyed self makes one task both sender and receiver of an
// exchange: in memory it did not find itself among the receivers, and elements were lost; over topics
// its channel was to end with the task, and the task with the channel: the run never ended. With more
// shards than partitions, a task without a source held up the end of event time as well.
for (const { workers, ...options } of [
  { workers: 1, shards: 3 },
  { workers: 2, shards: 3 },
  { workers: 1, shards: 1, partitions: 2 },
]) {
  const name = `${JSON.stringify(options)} and ${workers} workers`
  test(`a stream merged with its re-keyed self loses nothing and ends, with ${name}`, async () => {
    const { app, visits, counts, timed } = program(options)
    timed
      .keyBy('page')
      .map(v => ({ ...v, page: `re-keyed ${v.page}` }))
      .merge(timed)
      .keyBy('page')
      .window(tumbling(10))
      .count()
      .map(({ key, value }) => ({ page: key, count: value }))
      .to(counts)
    const driver = new TestDriver(app, { workers })
    await driver.feed(visits, [A, { page: 'b', time: 1001 }, { page: 'c', time: 1002 }])
    await driver.drain()
    const pages = (await driver.values(counts)).map(row => row?.page ?? '')
    assert.deepEqual(pages.sort(), ['a', 'b', 'c', 're-keyed a', 're-keyed b', 're-keyed c'])
  })
}

// The late stream was told of no watermark, so windows on it stayed open for ever.
test('windows of late elements close too', async () => {
  const { app, visits, counts, timed } = program()
  const windows = timed.keyBy('page').window(tumbling(10))
  windows.count().print()
  windows.late
    .window(tumbling(100))
    .count()
    .map(({ key, value }) => ({ page: key, count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feed(visits, [{ page: 'a', time: 1020 }, A, { page: 'a', time: 1200 }])
  await driver.run()
  assert.deepEqual(await driver.values(counts), [{ page: 'a', count: 1 }])
})

// Only the first of the two edges was ever told of watermarks, and windows never closed.
test('a stream merged with itself is refused, with the way to have each element twice', () => {
  const { app, timed } = program()
  timed.merge(timed).print()
  assert.throws(() => app.graph(), {
    code: 'GRAPH_INVALID',
    message:
      'step "visits.merge" in app "visits" reads the stream of "visits.eventTime" twice; to have each element twice use flatMap(e => [e, e])',
  })
})

// A source that had ended, and had been quiet for longer than idleAfter, asked to be looked at again at
// once, for as long as the run waited for others: a worker at 100 % of a processor.
test('a worker whose sources have ended sleeps while others work on', async () => {
  const app = new App('visits', { shards: 2 })
  const visits = app.topic('visits', { value: visit, partitions: 2 })
  let wake = (): void => {}
  const woken = new Promise<void>(resolve => {
    wake = resolve
  })
  app
    .stream(visits)
    .eventTime(v => v.time, { idleAfter: 50 })
    .mapAsync(async v => {
      if (v.page === 'slow') await woken
      return v
    })
    .print()
  const driver = new TestDriver(app, { workers: 2 })
  await driver.feedRecords(visits, [{ value: { page: 'slow', time: 1 }, partition: 1 }])
  const run = driver.drain()
  await driver.turn()
  await driver.settle()
  await driver.advance('1s')
  const turns = driver.trace.length
  await driver.settle()
  assert.equal(driver.trace.length, turns)
  wake()
  assert.equal(await run, 'done')
})

// Sources that are paused, since a repartition topic is full, were looked at again only with the next
// report of progress: nobody tells when a topic has been emptied.
test('sources go on as soon as a full exchange has been emptied', async () => {
  const { app, visits, timed } = program({ partitions: 2 })
  const seen: string[] = []
  timed
    .keyBy(v => v.page)
    .filter(v => {
      seen.push(v.page)
      return false
    })
    .print()
  const driver = new TestDriver(app, { workers: 2, limits: { exchangeBytes: 50 }, seed: 5 })
  for (let n = 0; n < 40; n++) await driver.feed(visits, [{ page: `p${n}`, time: 1000 + n }])
  await driver.run()
  assert.equal(seen.length, 40)
})

// An input that was idle did not hold up the end of the others, though its own end was still to close
// windows: their results came to windows that the early end had closed.
test('the end of a drain waits for what the end of an idle input will bring', async () => {
  const { app, visits, counts, timed } = program({ shards: 2 })
  timed
    .keyBy('page')
    .window(tumbling(10))
    .count()
    .map(async ({ key, window }) => ({ page: key, time: window.start }))
    .merge(timed)
    .keyBy('page')
    .window(tumbling(10))
    .count()
    .map(({ key, value }) => ({ page: key, count: value }))
    .to(counts)
  const driver = new TestDriver(app)
  await driver.feed(visits, [A, { page: 'b', time: 1001 }, { page: 'c', time: 1002 }])
  await driver.drain()
  assert.deepEqual(
    (await driver.values(counts)).map(row => row?.count),
    [2, 2, 2],
  )
})

// A partition that was read to its end counted as quiet while what had been read last was still in flight
// above the time step: the others closed its windows meanwhile.
test('a partition is not idle while something of it is in flight', async () => {
  const app = new App('visits')
  const visits = app.topic('visits', { value: visit, partitions: 2 })
  const lates = app.topic('lates', { value: visit })
  let wake = (): void => {}
  const woken = new Promise<void>(resolve => {
    wake = resolve
  })
  const windows = app
    .stream(visits)
    .mapAsync(
      async v => {
        if (v.time === 1000) await woken
        return v
      },
      { concurrency: 2 },
    )
    .eventTime(v => v.time, { idleAfter: 50 })
    .keyBy('page')
    .window(tumbling(10))
  windows.count().print()
  windows.late.to(lates)
  const driver = new TestDriver(app)
  await driver.start()
  await driver.feedRecords(visits, [
    { value: A, partition: 0 },
    { value: { page: 'a', time: 1200 }, partition: 1 },
  ])
  await driver.advance('1s')
  wake()
  await driver.settle()
  await driver.stop()
  assert.deepEqual(await driver.values(lates), [])
})

// The next run looked for what had been left in repartition topics, found nothing, and only then took the
// inputs over: in between a worker of the run before, which did not know yet, could still write there, and
// the next element overtook what it wrote.
test('a run that is overtaken adds nothing to what the next one has found', async () => {
  const reading = { key: 0, partition: 0, stepMs: 0, value: 0, broken: false }
  const feed = { kind: 'feed', topic: 0, settles: false } as const
  await simulate({
    program: {
      topics: [{ partitions: 1, keyed: false, declaredLater: false, onError: 'skip' }],
      shards: undefined,
      sources: [{ topic: 0, other: undefined, before: [], time: 'event', boundMs: 0, policy: 'none' }],
      ops: [
        {
          op: 'window',
          shape: 'tumbling',
          from: 0,
          sizeMs: 10,
          offsetMs: 0,
          fold: 'collect',
          late: true,
          by: 'field',
          policy: 'none',
          other: 0,
          concurrency: 1,
          order: 'all',
          partitions: undefined,
          keyed: false,
        },
      ],
    },
    happenings: [
      { kind: 'start', workers: 2, schedule: [] },
      { ...feed, readings: [{ ...reading, delayMs: 1 }] },
      { ...feed, readings: [{ ...reading, delayMs: 0 }] },
      { kind: 'takeOver', workers: 1, schedule: [10, 8] },
      { kind: 'slow', times: 1, ms: 5 },
    ],
    limits: {},
    scale: 1,
    lawsOnly: true,
  })
})

// Only a task with a single source said up to where it had been idle, so of two merged topics the one that
// was read first closed the windows of the other, after each silence.
test('two merged topics wake together after a silence, with two workers', async () => {
  const app = new App('visits')
  const left = app.topic('left', { value: visit, partitions: 2 })
  const right = app.topic('right', { value: visit, partitions: 2 })
  const lates = app.topic('lates', { value: visit })
  const windows = app
    .stream(left)
    .merge(app.stream(right))
    .eventTime(v => v.time, { idleAfter: 50 })
    .keyBy('page')
    .window(tumbling(10))
  windows.count().print()
  windows.late.to(lates)
  const driver = new TestDriver(app, { workers: 2 })
  await driver.start()
  await driver.advance(60)
  await driver.feedRecords(left, [
    { value: { page: 'a', time: 1010 }, partition: 0 },
    { value: { page: 'a', time: 1000 }, partition: 1 },
  ])
  await driver.settle()
  await driver.stop()
  assert.deepEqual(await driver.values(lates), [])
})
