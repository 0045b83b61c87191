/** Patterns in apps and in live streams: order, lateness, ends, restarts, and what goes wrong. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, type ErrorPolicy, json, type MatchOptions, pattern, Stream, tumbling } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const event = json({ key: 'string', time: 'number', n: 'number' })
type Event = ReturnType<typeof event.decode>

const rising = pattern<Event>()
  .begin('low', ({ n }) => n < 10)
  .followedBy('high', ({ n }) => n >= 10)

const limited = rising.within(100)

/** An app with events by key. */
function appWithEvents({ outOfOrder = 0, partitions = 1 } = {}) {
  const app = new App('app')
  const events = app.topic('events', { value: event, partitions })
  const keyed = app
    .stream(events)
    .eventTime(({ time }) => time, { outOfOrder })
    .keyBy('key')
  return { app, events, keyed }
}

function newApp(
  given: typeof rising = rising,
  {
    outOfOrder,
    partitions,
    ...options
  }: MatchOptions<'low' | 'high'> & { outOfOrder?: number; partitions?: number } = {},
) {
  const { app, events, keyed } = appWithEvents({ outOfOrder, partitions })
  const matched = keyed.match(given, options)
  const pairs = matched
    .withMeta()
    .map(({ value: { key, low, high }, time }) => `${key}: ${low.n} ${high.n} at ${time}`)
    .toArray()
  const given_ = { pairs, timedOut: matched.timedOut.toArray(), late: matched.late.toArray() }
  return { app, events, driver: new TestDriver(app), ...given_ }
}

function at(time: number, n: number, key = 'k'): Event {
  return { key, time, n }
}

test('events are taken in the order of event time, whatever the order in which they come', async () => {
  const { driver, events, pairs } = newApp(rising, { outOfOrder: 50 })
  await driver.feed(events, [at(30, 20), at(10, 1), at(20, 11), at(25, 2)])
  await driver.drain()
  assert.deepEqual(pairs, ['k: 1 11 at 20', 'k: 2 20 at 30'])
})

test('a match comes when the watermark has passed its last event, and not before', async () => {
  const { driver, events, pairs } = newApp(rising, { outOfOrder: 10 })
  await driver.feed(events, [at(0, 1), at(5, 11), at(15, 0)])
  await driver.run()
  assert.deepEqual(pairs, [])
  await driver.feed(events, [at(16, 0)])
  await driver.run()
  assert.deepEqual(pairs, ['k: 1 11 at 5'])
})

test('of equal time, events are taken by partition and offset', async () => {
  const { driver, events, pairs } = newApp(rising, { partitions: 2 })
  const record = (value: Event, partition: number) => ({ value, partition })
  await driver.feedRecords(events, [record(at(5, 11), 1)])
  await driver.run()
  await driver.feedRecords(events, [record(at(5, 1), 0), record(at(5, 12), 0)])
  await driver.drain()
  assert.deepEqual(pairs, ['k: 1 12 at 5'])
})

test('what comes behind the watermark is late, and no part of a match', async () => {
  const { driver, events, pairs, late } = newApp()
  await driver.feed(events, [at(10, 1), at(9, 2), at(10, 3), at(11, 11)])
  await driver.drain()
  assert.deepEqual(late, [at(9, 2)])
  assert.deepEqual(pairs, ['k: 1 11 at 11', 'k: 3 11 at 11'])
})

test('a partial match is given up at the time of its first event and that of within, though its key is silent', async () => {
  const { driver, events, timedOut } = newApp(limited)
  await driver.feed(events, [at(0, 1), at(99, 1, 'other')])
  await driver.run()
  assert.deepEqual(timedOut, [])
  await driver.feed(events, [at(101, 1, 'other')])
  await driver.run()
  assert.deepEqual(timedOut, [{ key: 'k', low: at(0, 1) }])
})

test('within is less than: an event at its end is no part of the match', async () => {
  const { driver, events, pairs, timedOut } = newApp(limited)
  await driver.feed(events, [at(0, 1), at(1, 2), at(100, 11)])
  await driver.drain()
  assert.deepEqual(pairs, ['k: 2 11 at 100'])
  assert.deepEqual(timedOut, [{ key: 'k', low: at(0, 1) }])
})

test('at the end of a drained input all times are over; a pattern without within goes on in the next run', async () => {
  const ended = newApp(limited)
  await ended.driver.feed(ended.events, [at(0, 1)])
  await ended.driver.drain()
  assert.equal(ended.timedOut.length, 1)
  const open = newApp()
  await open.driver.feed(open.events, [at(0, 1)])
  await open.driver.drain()
  await open.driver.feed(open.events, [at(0, 12), at(5, 13)])
  await open.driver.drain()
  assert.deepEqual(open.pairs, ['k: 1 13 at 5'])
  // Events of that time had been taken already.
  assert.deepEqual(open.late, [at(0, 12)])
})

test('a match that a crash cuts in two is found once', async () => {
  for (const moment of ['record', 'beforeCommit', 'afterCommit'] as const) {
    const { app, events, keyed } = appWithEvents()
    const out = app.topic('out', { value: json<string>() })
    keyed
      .match(rising)
      .map(({ low, high }) => `${low.n} ${high.n}`)
      .to(out)
    const driver = new TestDriver(app)
    await driver.feed(events, [at(0, 1), at(1, 2), at(2, 0)])
    await driver.run()
    await driver.feed(events, [at(3, 11), at(4, 3)])
    driver.crashAt({ moment, number: 1 })
    assert.equal(await driver.run(), 'crashed')
    await driver.run()
    await driver.feed(events, [at(5, 12)])
    await driver.drain()
    assert.deepEqual(await driver.values(out), ['1 11', '2 11', '0 11', '3 12'], moment)
  }
})

/** Feeds events one by one, with a restart after each. */
async function restartingAfterEach(
  { driver, events }: Pick<ReturnType<typeof newApp>, 'driver' | 'events'>,
  given: readonly Event[],
): Promise<void> {
  for (const each of given) {
    await driver.feed(events, [each])
    await driver.run()
  }
  await driver.drain()
}

test('what several partial matches share outlives those that are over, and restarts', async () => {
  const { app, events, keyed } = appWithEvents()
  const found = keyed
    .match(
      pattern<Event>()
        .begin('a', ({ n }) => n === 1)
        .followedByAny('b', ({ n }) => n === 2)
        .next('c', ({ n }) => n === 3),
    )
    .map(({ a, b, c }) => `${a.time} ${b.time} ${c.time}`)
    .toArray()
  await restartingAfterEach(
    { driver: new TestDriver(app), events },
    [1, 2, 0, 2, 0, 2, 3].map((n, time) => at(time, n)),
  )
  assert.deepEqual(found, ['0 5 6'])
})

test('which of several matches comes first is the same after a restart', async () => {
  const { app, events, keyed } = appWithEvents()
  const found = keyed
    .match(
      pattern<Event>()
        .begin('a', ({ n }) => n === 1)
        .next('b', ({ n }) => n === 2)
        .oneOrMore()
        .consecutive()
        .followedBy('c', ({ n }, { b }) => n === 3 && b.length < 3),
      { skip: 'pastLastEvent' },
    )
    .map(({ b }) => b.length)
    .toArray()
  await restartingAfterEach(
    { driver: new TestDriver(app), events },
    [1, 2, 2, 2, 0, 3].map((n, time) => at(time, n)),
  )
  // The longest one that can be: whatever continues a match stands before what it leaves behind.
  assert.deepEqual(found, [2])
})

test('windows below a pattern count each match where it happened, none of them late', async () => {
  const app = new App('app')
  const events = app.topic('events', { value: event })
  const windows = app
    .stream(events)
    .eventTime(({ time }) => time)
    .keyBy('key')
    .match(rising)
    .window(tumbling(10))
  const counts = windows
    .count()
    .map(({ window, value }) => `${window.start}: ${value}`)
    .toArray()
  const late = windows.late.toArray()
  const driver = new TestDriver(app)
  await driver.feed(events, [at(8, 1), at(9, 11), at(10, 2), at(11, 12), at(19, 3), at(19, 13), at(55, 4)])
  await driver.run()
  assert.deepEqual(counts, ['0: 1', '10: 2'])
  assert.deepEqual(late, [])
})

test('a match that waits for an earlier one has the time at which it was sure, and windows below take it', async () => {
  const app = new App('app')
  const events = app.topic('events', { value: event })
  const three = rising.followedBy('end', ({ n }, { low }) => n === (low[0]?.n ?? 0) + 100).within(50)
  const windows = app
    .stream(events)
    .eventTime(({ time }) => time)
    .keyBy('key')
    .match(three, { skip: 'pastLastEvent' })
    .window(tumbling(10))
  const found = windows
    .collect()
    .map(({ window, value }) => `${window.start}: ${value.map(({ low }) => low.n).join(' ')}`)
    .toArray()
  const late = windows.late.toArray()
  const driver = new TestDriver(app)
  // The first low one never gets its end; until its time is over nobody knows.
  await driver.feed(events, [at(0, 1), at(1, 2), at(2, 20), at(3, 102), at(40, 5), at(70, 5)])
  await driver.run()
  assert.deepEqual(found, ['50: 2'])
  assert.deepEqual(late, [])
})

test('a match at the end of a quiet time comes when it is over', async () => {
  const quiet = pattern<Event>()
    .begin('last', ({ n }) => n > 0)
    .notFollowedBy('next')
    .within(100)
  const readings = new Stream<Event>()
  const silent = readings
    .eventTime(({ time }) => time)
    .keyBy('key')
    .match(quiet)
    .withMeta()
    .map(({ value: { last }, time }) => `${last.n} at ${time}`)
    .toArray()
  for (const each of [at(0, 1), at(50, 2), at(160, 3)]) await readings.emit(each)
  assert.deepEqual(silent, ['2 at 150'])
  await readings.end()
  assert.deepEqual(silent, ['2 at 150', '3 at 260'])
})

const broken = pattern<Event>()
  .begin('low', ({ n }) => {
    if (n === 5) throw new Error('five')
    return n < 10
  })
  .followedBy('high', ({ n }) => n >= 10)

for (const [policy, letters] of [
  ['skip', 0],
  ['deadLetter', 1],
] as const) {
  test(`a condition throws, policy ${policy}: the event counts as not there`, async () => {
    const { driver, events, pairs } = newApp(broken, { onError: policy satisfies ErrorPolicy, id: 'find' })
    await driver.feed(events, [at(0, 1), at(1, 5), at(2, 11)])
    await driver.drain()
    assert.deepEqual(pairs, ['k: 1 11 at 2'])
    const dead = await driver.deadLetters()
    assert.equal(dead.length, letters)
    if (letters > 0) assert.match(dead[0]?.value ?? '', /"n":5/)
    const errors = driver.events.filter(each => each.type === 'error')
    assert.match(
      errors[0]?.message ?? '',
      /step "find" failed on key "k" \(events\/0 at offset 1\): Error: five/,
    )
  })
}

test('a condition throws, policy fail: the app stops, and finds the same once it is mended', async () => {
  const { driver, events } = newApp(broken, { id: 'find' })
  await driver.feed(events, [at(0, 1), at(1, 5), at(2, 11)])
  await assert.rejects(driver.drain(), /step "find" failed on key "k".*five/)
  const mended = newApp(rising, { id: 'find' })
  const next = new TestDriver(mended.app, { broker: driver.broker, clock: driver.clock })
  await next.drain()
  assert.deepEqual(mended.pairs, ['k: 1 11 at 2', 'k: 5 11 at 2'])
})

test('a condition that gives no boolean, or a promise, is told of', async () => {
  for (const [result, message] of [
    [Promise.resolve(true), /gave a promise; expected true or false/],
    [1, /gave 1; expected true or false/],
  ] as const) {
    const readings = new Stream<Event>()
    readings
      .keyBy('key')
      // Programs without a type check may give anything.
      .match(pattern<Event>().begin('a', () => result as unknown as boolean))
      .sink(() => {})
    await assert.rejects(async () => {
      await readings.emit(at(0, 1))
      await readings.end()
    }, message)
  }
})

test('another pattern does not take over the partial matches of one, another time and strategy do', async () => {
  const { driver, events } = newApp(limited, { id: 'find' })
  await driver.feed(events, [at(0, 1), at(10, 2)])
  await driver.run()
  const longer = newApp(rising.within(1000), { id: 'find', skip: 'pastLastEvent' })
  const next = new TestDriver(longer.app, { broker: driver.broker, clock: driver.clock })
  await next.feed(longer.events, [at(500, 11)])
  await next.drain()
  assert.deepEqual(longer.pairs, ['k: 1 11 at 500'])
  const other = newApp(rising.notNext('other') as unknown as typeof rising, { id: 'find' })
  const last = new TestDriver(other.app, { broker: driver.broker, clock: driver.clock })
  await assert.rejects(last.run(), /step "find" was "match begin low followedBy high" and is now/)
})

test('of matches that begin with one event, the one that was found first ends the others', async () => {
  const readings = new Stream<Event>()
  const found = readings
    .keyBy('key')
    .match(
      pattern<Event>()
        .begin('a', ({ n }) => n === 1)
        .followedBy('b', ({ n }) => n > 1)
        .oneOrMore(),
      { skip: 'toNext' },
    )
    .map(({ b }) => b.map(({ n }) => n).join(' '))
    .toArray()
  for (const [time, n] of [1, 2, 3].entries()) await readings.emit(at(time, n))
  await readings.end()
  assert.deepEqual(found, ['2'])
})

test('what is no pattern is refused', () => {
  const readings = new Stream<Event>()
  for (const wrong of [undefined, { stages: [] }, 'a b']) {
    assert.throws(() => readings.keyBy('key').match(wrong as never), {
      code: 'OPTION_INVALID',
      message: /match was given .*; expected pattern<…>\(\)\.begin\(…\)/,
    })
  }
})
