/** Joins by time: what is refused, what is late, what is kept, live streams. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, GraphError, json, type KeyedStream, readState, Stream } from '../../src/index.ts'
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
  [[keyed('r'), {}], /join was not told how elements belong together; give within/],
  [[keyed('r'), { how: 'left' }], /join was not told how elements belong together/],
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

/** An app that joins two topics of one partition each. */
function joining(how: 'inner' | 'full') {
  const app = new App('joining')
  const left = app.topic('left', { value: event, keyedBy: 'key', partitions: 1 })
  const right = app.topic('right', { value: event, keyedBy: 'key', partitions: 1 })
  const [l, r] = [left, right].map(topic =>
    app
      .stream(topic)
      .eventTime(e => e.time, { maxAhead: false })
      .keyBy('key'),
  )
  assert.ok(l !== undefined && r !== undefined)
  const joined = l.join(r, { within: 10, how, id: 'join' })
  const rows = joined.map(row => `${row.left?.id ?? '-'} ${row.right?.id ?? '-'}`).toArray()
  const late = { left: joined.late.left.toArray(), right: joined.late.right.toArray() }
  return { driver: new TestDriver(app), left, right, rows, late }
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

test('after an hour with ever new keys, no more is kept than after a minute', async () => {
  const { driver, left, right } = joining('full')
  const entries = async (): Promise<number> => {
    let count = 0
    for await (const { cell } of readState(driver.broker, 'joining', { step: 'join' })) {
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
  const afterAMinute = await pass(60_000)
  assert.ok(afterAMinute > 0)
  assert.equal(await pass(3_600_000), afterAMinute)
})
