/** Joins by time: what is refused, what is late, what is kept, live streams. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { makePlan } from '../../src/engine/index.ts'
import {
  App,
  countWindows,
  type Duration,
  GraphError,
  json,
  type KeyedStream,
  ManualClock,
  RefCounter,
  readState,
  Stream,
  type Topic,
  tumbling,
  type Window,
} from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

interface Event {
  readonly id: string
  readonly key: string
  readonly time: number
}

/** As a program without types calls it. */
type Loosely = (...parts: readonly unknown[]) => unknown

const event = json({ id: 'string', key: 'string', time: 'number' })

function keyed(name: string): KeyedStream<string, Event> {
  return new Stream<Event>({ name }).eventTime(e => e.time).keyBy('key')
}

function join(...parts: readonly unknown[]): unknown {
  const stream = keyed('left')
  // The point is what happens to parts that the types refuse.
  return (stream.join as Loosely).call(stream, ...parts)
}

const REFUSED: readonly (readonly [parts: readonly unknown[], message: RegExp])[] = [
  [[keyed('r')], /join was given undefined as its options; expected an object with within/],
  [[keyed('r'), {}], /join was not told what belongs together; give within.*or window.*or asOf/],
  [[keyed('r'), { how: 'left' }], /join was not told what belongs together/],
  [
    [keyed('r'), { within: '5s', hwo: 'left' }],
    /join with within: there is no option "hwo"; there are within/,
  ],
  [[keyed('r'), { within: '5s', how: 'outer' }], /how is "outer"; expected one of "inner", "left", "right"/],
  [[keyed('r'), { within: 'soon' }], /join: within is "soon"; expected whole milliseconds/],
  [
    [keyed('r'), { within: { befor: 1 } }],
    /join: within: there is no option "befor"; there are before, after/,
  ],
  [[keyed('r'), { within: { before: '-x' } }], /join: within: before is "x"/],
  [
    [keyed('r'), { within: { before: '-5s', after: '4s' } }],
    /begin at 5000 ms and end before that, at 4000 ms/,
  ],
  [[keyed('r'), { within: 1, asOf: true }], /join was given within and asOf; expected one of/],
  [[keyed('r'), { asOf: false }], /join: asOf is false; expected true/],
  [
    [keyed('r'), { asOf: true, how: 'full' }],
    /join with asOf: how is "full"; expected one of "inner", "left"/,
  ],
  [[keyed('r'), { asOf: true, maxAge: 0 }], /join: maxAge is 0; it must be longer than 0/],
  [[keyed('r'), { asOf: true, removed: 1 }], /join: removed was given 1; expected a function/],
  [[keyed('r'), { asOf: true, within: undefined }], /join was given within and asOf/],
  [[keyed('r'), { window: '5s' }], /join: window is "5s"; expected windows such as tumbling/],
  [[keyed('r'), { window: countWindows(5) }], /windows of so many elements depend on which.*is faster/],
  [[keyed('r'), { window: tumbling(5), latness: 1 }], /join with window: there is no option "latness"/],
  [[new Stream<Event>(), { within: 1 }], /expected a stream with keys: call keyBy\(…\) on it first/],
  [[[], { within: 1 }], /join was given an empty array|join was given \[\]/],
]

for (const [parts, message] of REFUSED) {
  test(`refused while it is built: ${message.source}`, () => {
    assert.throws(
      () => join(...parts),
      error => error instanceof GraphError && message.test(error.message),
    )
  })
}

test('a stream is not joined with itself, live or in an app, and the message says what to do', () => {
  const app = new App('selves')
  const own = app.stream(app.topic('own', { value: event, partitions: 1 })).keyBy('key')
  for (const stream of [own, keyed('live')]) {
    assert.throws(() => stream.join(stream, { within: 1 }), /the same stream twice.*filter\(\(\) => true\)/)
    assert.doesNotThrow(() =>
      stream.join(
        stream.filter(() => true),
        { within: 1 },
      ),
    )
  }
})

test('streams of different apps, or of an app and live, are not joined', () => {
  const [one, other] = ['one', 'other'].map(name => {
    const app = new App(name)
    return app.stream(app.topic('in', { value: event, partitions: 1 })).keyBy('key')
  })
  assert.ok(one !== undefined && other !== undefined)
  assert.throws(() => one.join(other, { within: 1 }), /must come from topics of one app/)
  assert.throws(() => one.join(keyed('live'), { within: 1 }), /must come from topics of one app/)
  assert.throws(() => keyed('live').join(one, { within: 1 }), /joins a live stream with one of an app/)
})

test('the types of keys must fit, and how says which sides may be missing', () => {
  const orders = new Stream<{ id: number }>().keyBy('id')
  const names = new Stream<{ id: number; name: string }>().keyBy('name')
  // @ts-expect-error numbers and strings are never equal
  orders.join(names, { within: 1 })
  const people = new Stream<{ id: number; name: string }>().keyBy('id')
  orders.join(people, { within: 1 }).map(({ key, left, right }) => key + left.id + right.name.length)
  // @ts-expect-error there may be no right element
  orders.join(people, { within: 1, how: 'left' }).map(({ right }) => right.name)
  orders.join(people, { within: 1, how: 'full' }).map(({ left, right }) => [left?.id, right?.name])
  const window: KeyedStream<number, { window: Window }> = orders.join(people, { window: tumbling('5s') })
  assert.ok(window)
  orders.cogroup(people, { window: tumbling('5s') }).map(({ left, right }) => [left[0]?.id, right[0]?.name])
  // @ts-expect-error there may be no version
  orders.join(people, { asOf: true, how: 'left' }).map(({ right }) => right.name)
  orders.join(people, { asOf: true, removed: person => person.name === '' }).map(({ right }) => right.name)
  const anti: KeyedStream<number, { id: number }> = orders.join(people, { within: 1, how: 'anti' })
  assert.ok(anti)
})

test('live streams are joined by event time: pairs at once, what has no partner when none can come', async () => {
  const left = new Stream<Event>({ name: 'left' })
  const right = new Stream<Event>({ name: 'right' })
  const joined = left
    .eventTime(e => e.time)
    .keyBy('key')
    .join(right.eventTime(e => e.time).keyBy('key'), { within: { after: 10 }, how: 'left' })
  const rows: string[] = []
  joined.sink(row => rows.push(`${row.left.id} ${row.right?.id ?? '-'}`))
  await left.emit({ id: 'l1', key: 'a', time: 100 })
  await right.emit({ id: 'r1', key: 'a', time: 110 })
  assert.deepEqual(rows.splice(0), ['l1 r1'])
  await left.emit({ id: 'l2', key: 'b', time: 101 })
  await left.emit({ id: 'l3', key: 'a', time: 200 })
  assert.deepEqual(rows.splice(0), [])
  await right.emit({ id: 'r2', key: 'a', time: 112 })
  assert.deepEqual(rows.splice(0), ['l2 -'])
  await Promise.all([left.end(), right.end()])
  assert.deepEqual(rows, ['l3 -'])
})

/** Two topics of one partition each, and their streams by key. */
function twoSides(app: App) {
  const side = (name: string) => {
    const topic = app.topic(name, { value: event, keyedBy: 'key', partitions: 1 })
    const stream = app
      .stream(topic)
      .eventTime(e => e.time, { maxAhead: false })
      .keyBy('key')
    return { topic, stream }
  }
  const [left, right] = [side('left'), side('right')]
  return { topics: { left: left.topic, right: right.topic }, l: left.stream, r: right.stream }
}

/** An app that joins two topics. */
function joining(how: 'inner' | 'full') {
  const app = new App('joining')
  const { topics, l, r } = twoSides(app)
  const joined = l.join(r, { within: 10, how, id: 'join' })
  const rows = joined.map(row => `${row.left?.id ?? '-'} ${row.right?.id ?? '-'}`).toArray()
  const late = { left: joined.late.left.toArray(), right: joined.late.right.toArray() }
  return { driver: new TestDriver(app), ...topics, rows, late }
}

test('what comes too late goes to the late stream of its side', async () => {
  const { driver, left, right, rows, late } = joining('inner')
  const at = (id: string, time: number): Event => ({ id, key: 'a', time })
  await driver.feed(left, [at('l1', 100), at('l2', 50), at('l3', 99)])
  await driver.feed(right, [at('r1', 100), at('r2', 99)])
  await driver.drain()
  assert.deepEqual(rows, ['l1 r1'])
  assert.deepEqual([late.left.map(e => e.id), late.right.map(e => e.id)], [['l2', 'l3'], ['r2']])
})

test('a drain gives what has no partner, and what comes later for it is late', async () => {
  const { driver, left, right, rows, late } = joining('full')
  await driver.feed(left, [{ id: 'l1', key: 'a', time: 100 }])
  await driver.drain()
  assert.deepEqual(rows.splice(0), ['l1 -'])
  await driver.feed(right, [
    { id: 'r1', key: 'a', time: 110 },
    { id: 'r2', key: 'a', time: 111 },
  ])
  await driver.drain()
  assert.deepEqual(rows, ['- r2'])
  assert.deepEqual(
    late.right.map(e => e.id),
    ['r1'],
  )
})

test('topics that are keyed already need no exchange, and others are brought to them', () => {
  const app = new App('plans')
  const [left, right] = ['l', 'r'].map(name =>
    app.topic(name, { value: event, keyedBy: 'key', partitions: 2 }),
  )
  assert.ok(left !== undefined && right !== undefined)
  app.stream(left).keyBy('key').join(app.stream(right).keyBy('key'), { within: 10 }).print()
  const leftOut = (partitions: number): readonly string[] => {
    const facts = {
      shards: 2,
      partitions: new Map([
        ['l', 2],
        ['r', partitions],
      ]),
    }
    return [...makePlan(app.graph(), facts).leftOut]
  }
  assert.deepEqual(leftOut(2), ['l.keyBy', 'r.keyBy'])
  assert.deepEqual(leftOut(3), ['l.keyBy'])
})

test('a side that is idle holds up nobody, and what it brings then is late, counted apart', async () => {
  const { driver, left, right, rows, late } = joining('full')
  await driver.start()
  await driver.feed(right, [{ id: 'r1', key: 'a', time: 100 }])
  await driver.feed(left, [
    { id: 'l1', key: 'a', time: 100 },
    { id: 'l2', key: 'b', time: 200 },
    { id: 'l3', key: 'b', time: 300 },
  ])
  await driver.settle()
  assert.deepEqual(rows.splice(0), ['l1 r1'])
  await driver.advance('10s')
  await driver.settle()
  assert.deepEqual(rows.splice(0), ['l2 -'])
  await driver.feed(right, [{ id: 'r2', key: 'b', time: 201 }])
  await driver.settle()
  await driver.stop()
  assert.deepEqual(rows, [])
  assert.deepEqual(
    late.right.map(e => e.id),
    ['r2'],
  )
  const told = driver.events.flatMap(each => (each.type === 'late' ? [each.finallyLate] : []))
  assert.deepEqual(told, [1])
})

test('a partner that came before a restart is found after it', async () => {
  const { driver, left, right, rows } = joining('full')
  await driver.feed(left, [{ id: 'l1', key: 'a', time: 100 }])
  await driver.run()
  await driver.feed(right, [{ id: 'r1', key: 'a', time: 109 }])
  await driver.run()
  assert.deepEqual(rows.splice(0), ['l1 r1'])
  await driver.drain()
  assert.deepEqual(rows, [])
})

/** An app that looks up the versions of one topic for the elements of another. */
function asOf(options: {
  readonly maxAge?: number
  readonly removed?: (version: Event) => boolean
  readonly remember?: Duration
}) {
  const app = new App('as-of')
  const { topics, l, r } = twoSides(app)
  const joined = l.join(r, { asOf: true, how: 'left', id: 'join', ...options })
  const rows = joined.map(row => `${row.left.id} ${row.right?.id ?? '-'}`).toArray()
  const late = { left: joined.late.left.toArray(), right: joined.late.right.toArray() }
  return { driver: new TestDriver(app), ...topics, rows, late }
}

test('a version counts until a newer one does, also after a restart and a drain', async () => {
  const { driver, left, right, rows } = asOf({})
  const at = (id: string, time: number): Event => ({ id, key: 'a', time })
  await driver.feed(right, [at('r1', 100), at('r2', 200)])
  await driver.feed(left, [at('l1', 99), at('l2', 150)])
  await driver.run()
  await driver.feed(left, [at('l3', 250)])
  await driver.drain()
  assert.deepEqual(rows.splice(0), ['l1 -', 'l2 r1', 'l3 r2'])
  await driver.feed(left, [at('l4', 300)])
  await driver.feed(right, [at('r3', 299)])
  await driver.drain()
  assert.deepEqual(rows, ['l4 r3'])
})

test('a late version counts from when it came, and a newer one beats it', async () => {
  const { driver, left, right, rows, late } = asOf({})
  const at = (id: string, time: number): Event => ({ id, key: 'a', time })
  await driver.feed(right, [at('r1', 100), at('r2', 50), at('r3', 101)])
  await driver.feed(right, [
    { id: 'x', key: 'b', time: 150 },
    { id: 'r4', key: 'b', time: 40 },
  ])
  await driver.feed(left, [at('l1', 60), at('l2', 101), at('l3', 102)])
  await driver.drain()
  assert.deepEqual(rows, ['l1 -', 'l2 r3', 'l3 r3'])
  assert.deepEqual(
    late.right.map(e => e.id),
    ['r2', 'r4'],
  )
})

test('what was removed is not there again because an older version comes late', async () => {
  const { driver, left, right, rows } = asOf({ removed: version => version.id === 'gone' })
  const at = (id: string, time: number): Event => ({ id, key: 'a', time })
  await driver.feed(right, [at('r1', 100), at('gone', 200), at('r2', 150)])
  await driver.feed(left, [at('l1', 199), at('l2', 200), at('l3', 500)])
  await driver.run()
  await driver.feed(right, [at('r0', 120), at('r3', 600)])
  await driver.feed(left, [at('l4', 599), at('l5', 600)])
  await driver.drain()
  assert.deepEqual(rows, ['l1 r1', 'l2 -', 'l3 -', 'l4 -', 'l5 r3'])
})

test('with maxAge, after an hour with ever new keys no more is kept than after a minute', async () => {
  const { driver, left, right } = asOf({ maxAge: 1000, removed: version => version.time % 700 === 0 })
  const entries = await flatEntries({ driver, left, right, app: 'as-of' })
  assert.ok(entries.afterAMinute > 0)
  assert.equal(entries.afterAnHour, entries.afterAMinute)
})

test('keys whose last version is a removal are forgotten after a while, without a maxAge', async () => {
  const { driver, left, right } = asOf({ removed: version => version.time % 500 === 400, remember: '5s' })
  const entries = await flatEntries({ driver, left, right, app: 'as-of' })
  assert.ok(entries.afterAMinute > 0)
  assert.ok(entries.afterAnHour <= entries.afterAMinute + 20, `${entries.afterAnHour} entries`)
})

test('a version from before a removal that may have been forgotten does not count, whatever is known', async () => {
  const { driver, left, right, rows } = asOf({ removed: ({ id }) => id === 'gone', remember: 5 })
  await driver.feed(right, [
    { id: 'v1', key: 'k', time: 1 },
    { id: 'gone', key: 'k', time: 10 },
    { id: 'v2', key: 'k', time: 30 },
    { id: 'gone', key: 'k', time: 31 },
    { id: 'late', key: 'k', time: 25 },
    { id: 'v3', key: 'other', time: 60 },
    { id: 'very late', key: 'k', time: 26 },
  ])
  await driver.feed(left, [{ id: 'l1', key: 'k', time: 70 }])
  await driver.drain()
  assert.deepEqual(rows, ['l1 -'])
})

test('after an hour with ever new keys, no more is kept than after a minute', async () => {
  const { driver, left, right } = joining('full')
  const entries = await flatEntries({ driver, left, right, app: 'joining' })
  assert.ok(entries.afterAMinute > 0)
  assert.equal(entries.afterAnHour, entries.afterAMinute)
})

/** How many entries of state there are after a minute and after an hour of elements on both sides, with ever new keys. */
async function flatEntries({
  driver,
  left,
  right,
  app,
}: {
  readonly driver: TestDriver
  readonly left: Topic<Event>
  readonly right: Topic<Event>
  readonly app: string
}): Promise<{ readonly afterAMinute: number; readonly afterAnHour: number }> {
  const entries = async (): Promise<number> => {
    let count = 0
    for await (const { cell } of readState(driver.broker, app, { step: 'join' })) {
      if (cell !== 'floor') count++
    }
    return count
  }
  let number = 0
  const pass = async (untilMs: number): Promise<number> => {
    const events: Event[] = []
    for (; number * 100 < untilMs; number++) {
      events.push({ id: `e${number}`, key: `k${Math.floor(number / 5)}`, time: number * 100 })
    }
    await driver.feed(left, events)
    await driver.feed(right, events)
    await driver.run()
    return entries()
  }
  return { afterAMinute: await pass(60_000), afterAnHour: await pass(3_600_000) }
}

test('live, the versions of a join as of a time are held until both streams have ended', async () => {
  const [trades, quotes] = [new Stream<{ time: number }>(), new Stream<{ time: number }>()]
  const timed = (stream: Stream<{ time: number }>) => stream.eventTime(({ time }) => time).keyBy(() => 'k')
  const prices: number[] = []
  timed(trades)
    .join(timed(quotes), { asOf: true })
    .sink(({ right }) => void prices.push(right.time))
  let released = 0
  await quotes.emit({ time: 1 }, { ref: new RefCounter(() => released++) })
  await trades.emit({ time: 2 }, { ref: new RefCounter(() => released++) })
  await quotes.end()
  assert.equal(released, 0)
  await trades.end()
  assert.deepEqual([prices, released], [[1], 2])
})

test('live, by the clock: what stands alone is given when its time is over, also where the other stream is silent', async () => {
  const clock = new ManualClock()
  const [orders, payments] = [new Stream<string>({ clock }), new Stream<string>({ clock })]
  const alone: (readonly [ms: number, order: string])[] = []
  orders
    .processingTime()
    .keyBy(() => 'k')
    .join(
      payments.processingTime().keyBy(() => 'k'),
      { within: '200ms', how: 'left' },
    )
    .sink(({ left }) => void alone.push([clock.monotonic(), left]))
  await orders.emit('a')
  for (let step = 0; step < 10; step++) {
    clock.advance(50)
    await new Promise(setImmediate)
  }
  assert.deepEqual(alone, [[250, 'a']])
  await orders.end()
  await payments.end()
})
