/** Process functions in apps: cells, timers, side outputs, over runs. */
import assert from 'node:assert/strict'
import test from 'node:test'
import {
  App,
  json,
  list,
  map,
  output,
  type ProcessContext,
  type Stream,
  type Topic,
  value,
} from '../../src/index.ts'
import { TestDriver, type TestDriverOptions } from '../../src/testing/index.ts'

const element = json({ key: 'string', time: 'number', do: 'string?' })

interface Element {
  readonly key: string
  readonly time: number
  readonly do?: string | undefined
}

/** An app whose elements go to `build`, which gives texts; up to 5 ms out of order. */
function newApp(
  build: (elements: Stream<Element>, app: App) => { to(topic: Topic<string>): void },
  options: TestDriverOptions & { readonly onError?: 'skip' } = {},
) {
  const { onError, ...driving } = options
  const app = new App('app', onError === undefined ? {} : { onError })
  const elements = app.topic('elements', { value: element, partitions: 2 })
  const found = app.topic('found', { value: json<string>() })
  const stream = app
    .stream(elements)
    .eventTime(e => e.time, { outOfOrder: 5, idleAfter: '1d', maxAhead: false })
  build(stream, app).to(found)
  const driver = new TestDriver(app, driving)
  /** Elements written `key time do`, to partition 0; the other one comes as far. */
  const feed = async (...texts: readonly string[]): Promise<void> => {
    const parsed = texts.map(text => {
      const [key = '', time, ...rest] = text.split(' ')
      return { key, time: Number(time), do: rest.join(' ') }
    })
    await driver.feedRecords(
      elements,
      parsed.map(value => ({ value, partition: 0 })),
    )
    const last = Math.max(...parsed.map(({ time }) => time))
    await driver.feedRecords(elements, [{ value: { key: 'other', time: last }, partition: 1 }])
  }
  const results = async (): Promise<readonly string[]> =>
    (await driver.values(found)).filter(text => typeof text === 'string')
  return { app, driver, elements, found, feed, results }
}

type Timers = ProcessContext<
  string,
  unknown,
  { readonly a: 'event'; readonly b: 'event' },
  unknown,
  undefined
>

/** Sets and deletes timers as elements say: `a=30`, `a-`, `b.id=7`. */
function setTimers(text: string | undefined, { timers }: Pick<Timers, 'timers'>): void {
  for (const part of (text ?? '').split(',').filter(each => each !== '')) {
    const [, name, id, what] = /^([ab])(?:\.(\w+))?(=\d+|-)$/.exec(part) ?? []
    const timer = name === 'a' ? timers.a : timers.b
    if (what === '-') timer.delete(id)
    else timer.set(Number(what?.slice(1)), id)
  }
}

/** Timers as elements say; what has fired. */
function withTimers(options: TestDriverOptions = {}) {
  return newApp(
    elements =>
      elements.keyBy('key').process('timers', {
        timers: { a: 'event', b: 'event' },
        onElement: (e, context) => setTimers(e.do, context),
        onTimer: ({ name, time, id }, { key }) => [
          `${key} ${name}${id === undefined ? '' : `.${id}`}@${time}`,
        ],
      }),
    options,
  )
}

for (const workers of [1, 2, 3]) {
  test(`timers fire when the watermark has reached them, in the order of time, with ${workers} workers`, async () => {
    const { driver, feed, results } = withTimers({ workers })
    await feed('k 0 b=20,a=30,a.x=10', 'k 25')
    await driver.run()
    assert.deepEqual(await results(), ['k a.x@10'])
    await feed('k 26')
    await driver.run()
    await feed('k 36')
    await driver.run()
    assert.deepEqual(await results(), ['k a.x@10', 'k b@20', 'k a@30'])
  })
}

test('timers that are due together fire by name, then by id', async () => {
  const { driver, feed, results } = withTimers()
  await feed('k 0 b=10,a.y=10,a.x=10,a=10', 'k 99')
  await driver.run()
  assert.deepEqual(await results(), ['k a@10', 'k a.x@10', 'k a.y@10', 'k b@10'])
})

test('a timer that is set again has only the later time, also if that is earlier', async () => {
  const { driver, feed, results } = withTimers()
  await feed('k 0 a=10,b=50', 'k 1 a=30,b=20', 'k 99')
  await driver.run()
  assert.deepEqual(await results(), ['k b@20', 'k a@30'])
})

test('a timer that was deleted does not fire', async () => {
  const { driver, feed, results } = withTimers()
  await feed('k 0 a=10,b.x=10', 'k 1 a-,b.x-', 'k 99')
  await driver.drain()
  assert.deepEqual(await results(), [])
})

test('timers outlive a restart, replaced and deleted ones as well', async () => {
  const { driver, feed, results } = withTimers({ workers: 2 })
  await feed('k 0 a=30,b=30,b.x=30', 'l 1 a=31')
  await driver.run()
  await feed('k 2 a=40,b-')
  await driver.run()
  await feed('k 99')
  await driver.run()
  assert.deepEqual((await results()).toSorted(), ['k a@40', 'k b.x@30', 'l a@31'])
})

test('a timer of the past fires as soon as its call has returned', async () => {
  const { driver, feed, results } = withTimers()
  await feed('k 0 a=50', 'k 60')
  await driver.run()
  await feed('k 60 b=7', 'k 60 b=8')
  await driver.run()
  assert.deepEqual(await results(), ['k a@50', 'k b@7', 'k b@8'])
})

test('an element of a timer has its time, and is on time for a window of that', async () => {
  const { driver, feed, found } = withTimers()
  await feed('k 0 a=30', 'k 99')
  await driver.run()
  assert.deepEqual(
    (await driver.read(found)).map(({ timestamp, key }) => [timestamp, key]),
    [[30, 'k']],
  )
})

test('a drain fires all timers in the order of time, and those that they set', async () => {
  const { driver, feed, results } = newApp(elements =>
    elements.keyBy('key').process('chain', {
      timers: { next: 'event' },
      onElement: (e, { timers }) => timers.next.set(e.time + 1000),
      onTimer({ time }, { key, timers, draining }) {
        if (key === 'k' && time < 1003) timers.next.set(time + 1)
        return [`${key} ${time} ${draining}`]
      },
    }),
  )
  await feed('k 1', 'l 3')
  await driver.drain()
  assert.deepEqual((await results()).filter(text => !text.startsWith('other')).toSorted(), [
    'k 1001 true',
    'k 1002 true',
    'k 1003 true',
    'l 1003 true',
  ])
})

test('timers that are set again and again while the input is drained stop it with an error', async () => {
  const { driver, feed } = newApp(elements =>
    elements.keyBy('key').process('endless', {
      timers: { tick: 'event' },
      onElement: (e, { timers }) => timers.tick.set(e.time),
      onTimer: ({ time }, { timers }) => timers.tick.set(time + 1),
    }),
  )
  await feed('k 1')
  await assert.rejects(
    driver.drain(),
    /step "elements.endless" failed.*timers are set again and again.*"tick" is due at \d+; set no timer when context.draining is true/,
  )
})

test('a processing-time timer fires by the clock, once, also when it was due during a stop', async () => {
  const { driver, feed, results } = newApp(elements =>
    elements.keyBy('key').process('clocked', {
      timers: { soon: 'processing' },
      onElement: (e, { timers, now }) => {
        if (e.key === 'k') timers.soon.set(now() + 1000)
      },
      onTimer: (_timer, { key }) => [`${key} rang`],
    }),
  )
  await feed('k 1')
  await driver.run()
  assert.deepEqual(await results(), [])
  await driver.advance('5s')
  await driver.run()
  await driver.run()
  assert.deepEqual(await results(), ['k rang'])
})

test('lists and maps are there after a restart, and can be cleared and filled again', async () => {
  const { driver, feed, results } = newApp(
    elements =>
      elements.keyBy('key').process('cells', {
        state: { seen: list<string>(), counts: map<string, number>(), last: value<{ at: number }>() },
        onElement(e, { state }) {
          const [what = '', item = ''] = (e.do ?? '').split('=')
          if (what === 'add') state.seen.add(item, `${item}2`)
          if (what === 'clear') state.seen.clear()
          if (what === 'count') state.counts.set(item, (state.counts.get(item) ?? 0) + 1)
          if (what === 'delete') state.counts.delete(item)
          if (what === 'forget') state.counts.clear()
          const before = state.last.get()?.at
          state.last.update(() => ({ at: e.time }))
          if (what === 'show') {
            const counts = state.counts.entries().map(([name, n]) => `${name}${n}`)
            return [
              `${state.seen.values().join()} ${state.seen.size} ${counts.join()} ${state.counts.size} ${before}`,
            ]
          }
          return []
        },
      }),
    { workers: 2, limits: { snapshotAfterBytes: 300 } },
  )
  await feed('k 1 add=a', 'k 2 count=x', 'k 3 count=y')
  await driver.run()
  await feed('k 4 add=b', 'k 5 count=x', 'k 6 delete=y', 'k 7 show')
  await driver.run()
  await feed('k 8 show', 'k 9 clear', 'k 10 add=c', 'k 11 forget', 'k 12 count=z')
  await driver.run()
  await feed('k 13 show', 'l 14 show')
  await driver.run()
  assert.deepEqual(await results(), [
    'a,a2,b,b2 4 x2 1 6',
    'a,a2,b,b2 4 x2 1 7',
    'c,c2 2 z1 1 12',
    ' 0  0 undefined',
  ])
})

test('what a cell holds is gone a ttl after it was written last, also for elements out of order and after a restart', async () => {
  const { driver, feed, results } = newApp(elements =>
    elements.keyBy('key').process('first', {
      state: {
        seen: value<true>({ ttl: 100 }),
        names: map<string, number>({ ttl: 100 }),
        all: list<number>({ ttl: 100 }),
      },
      onElement(e, { state }) {
        if (e.key !== 'k') return []
        const text = `${e.time} ${state.seen.get() ?? false} ${state.names.entries().length} ${state.all.values().join()}`
        if (e.do === 'write') {
          state.seen.set(true)
          state.names.set(`n${e.time}`, e.time)
          state.all.add(e.time)
        }
        return [text]
      },
    }),
  )
  await feed('k 0 write', 'k 50', 'k 99', 'k 100', 'k 98')
  await driver.run()
  await feed('k 150 write', 'k 200 write', 'k 249')
  await driver.run()
  await feed('k 250', 'k 299', 'k 301')
  await driver.run()
  assert.deepEqual(await results(), [
    '0 false 0 ',
    '50 true 1 0',
    '99 true 1 0',
    '100 false 0 ',
    '98 true 1 0',
    '150 false 0 ',
    '200 true 1 150',
    '249 true 2 150,200',
    '250 true 1 150,200',
    '299 true 1 150,200',
    '301 false 0 ',
  ])
})

test('a processing-time ttl goes by the clock', async () => {
  const { driver, feed, results } = newApp(elements =>
    elements.keyBy('key').process('first', {
      state: { seen: value<true>({ ttl: '1m', time: 'processing' }) },
      onElement(e, { state }) {
        const isFirst = state.seen.get() === undefined
        if (isFirst) state.seen.set(true)
        return e.key === 'k' && isFirst ? [`${e.time}`] : []
      },
    }),
  )
  await feed('k 1', 'k 2')
  await driver.run()
  await driver.advance('59s')
  await feed('k 3')
  await driver.run()
  await driver.advance('1s')
  await feed('k 4')
  await driver.run()
  assert.deepEqual(await results(), ['1', '4'])
})

test('onEnd is called for each key that has state, after all timers', async () => {
  const { driver, feed, results } = newApp(
    elements =>
      elements.keyBy('key').process('ends', {
        state: { n: value<number>() },
        timers: { late: 'event' },
        onElement(e, { state, timers }) {
          if (e.key === 'empty') return
          state.n.update(n => (n ?? 0) + 1)
          timers.late.set(10_000)
        },
        onTimer: (_timer, { key }) => [`${key} timer`],
        onEnd: ({ key, state, time, draining }) => [`${key} ${state.n.get()} ${time > 0} ${draining}`],
      }),
    { workers: 2 },
  )
  await feed('k 1', 'k 2', 'empty 3', 'l 4')
  await driver.drain()
  const found = await results()
  assert.deepEqual(found.filter(text => !text.includes('timer')).toSorted(), [
    'k 2 true true',
    'l 1 true true',
    'other 1 true true',
  ])
  assert.ok(found.indexOf('k timer') < found.indexOf('k 2 true true'))
})

test('side outputs come out with their key', async () => {
  const { driver, feed, results, found } = newApp((elements, app) => {
    const made = elements.keyBy('key').process('split', {
      outputs: { odd: output<string>(), none: output<number>() },
      onElement(e, { outputs, key }) {
        if (e.time % 2 === 1) outputs.odd.emit(`${key} odd ${e.time}`)
        return [`${e.time}`]
      },
    })
    const aside = app.topic('aside', { value: json<string>() })
    made.filter(() => false).to(aside)
    return made.outputs.odd
  })
  await feed('k 1', 'k 2', 'k 3')
  await driver.run()
  assert.deepEqual(
    (await results()).filter(text => text.startsWith('k')),
    ['k odd 1', 'k odd 3'],
  )
  assert.equal((await driver.read(found))[0]?.key, 'k')
})

test('on a stream without keys, state is per source partition', async () => {
  const { driver, feed, results } = newApp(elements =>
    elements.process('numbers', {
      state: { n: value<number>() },
      timers: { soon: 'event' },
      onElement(e, { state, timers, key }) {
        if (e.time < 10) timers.soon.set(e.time + 1)
        return [`${e.key} ${state.n.update(n => (n ?? 0) + 1)} ${key}`]
      },
      onTimer: ({ time }, { state }) => [`timer ${time} ${state.n.get()}`],
    }),
  )
  await feed('k 1', 'k 2')
  await driver.run()
  await feed('k 20')
  await driver.run()
  assert.deepEqual((await results()).toSorted(), [
    'k 1 undefined',
    'k 2 undefined',
    'k 3 undefined',
    'other 1 undefined',
    'other 2 undefined',
    'timer 3 2',
    'timer 3 3',
  ])
})
