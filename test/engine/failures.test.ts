/** What happens to an element that a step cannot process: fail, skip, dead letter, retry. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, bytes, type ErrorPolicy, json, type Stream, Topic, tumbling } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

interface Reading {
  readonly key: string
  readonly time: number
  readonly value: number
}

const reading = json({ key: 'string', time: 'number', value: 'number' })
const GOOD: Reading = { key: 'a', time: 1, value: 1 }
const BAD: Reading = { key: 'a', time: 2, value: -1 }
const LAST: Reading = { key: 'a', time: 3, value: 3 }

/** A function that does not like negative values. */
function picky(r: Reading): Reading {
  if (r.value < 0) throw new RangeError(`${r.value} is negative`)
  return r
}

type Check = (r: Reading) => Reading

/** The places where a user's function may throw, each with its step's policy. */
const PLACES: Readonly<
  Record<string, (readings: Stream<Reading>, check: Check, onError: ErrorPolicy) => Stream<unknown>>
> = {
  map: (readings, check, onError) => readings.map(check, { onError }),
  filter: (readings, check, onError) => readings.filter(r => check(r).key !== '', { onError }),
  flatMap: (readings, check, onError) => readings.flatMap(r => [check(r)], { onError }),
  peek: (readings, check, onError) => readings.peek(r => void check(r), { onError }),
  mapAsync: (readings, check, onError) => readings.mapAsync(async r => check(r), { onError }),
  keyBy: (readings, check, onError) => readings.keyBy(r => check(r).key, { onError }),
  eventTime: (readings, check, onError) =>
    readings.eventTime(r => check(r).time, { onError, maxAhead: false }),
  'a running sum': (readings, check, onError) =>
    readings
      .keyBy('key')
      .running()
      .sum(r => check(r).value, { onError }),
  'a window': (readings, check, onError) =>
    readings
      .eventTime(r => r.time, { maxAhead: false })
      .keyBy('key')
      .window(tumbling(1))
      .sum(r => check(r).value, { onError }),
}

function newApp(
  build: (readings: Stream<Reading>) => Stream<unknown>,
  options: ConstructorParameters<typeof App>[1] = {},
) {
  const app = new App('app', options)
  const readings = app.topic('readings', { value: reading })
  const out = app.topic('out')
  build(app.stream(readings)).to(out)
  return { driver: new TestDriver(app), readings, out }
}

for (const [place, build] of Object.entries(PLACES)) {
  test(`fail in ${place}: the app stops with the step, its place and the cause, and nothing counts`, async () => {
    const { driver, readings, out } = newApp(stream => build(stream, picky, 'fail'))
    await driver.feed(readings, [GOOD, BAD, LAST])
    await assert.rejects(driver.run(), (error: Error & { step?: string; cause?: unknown }) => {
      assert.match(
        error.message,
        /^step "readings\.\w+" failed.*\(readings\/0 at offset 1\): RangeError: -1 is negative$/,
      )
      assert.ok(error.step?.startsWith('readings.'))
      assert.ok(error.cause instanceof RangeError)
      return true
    })
    assert.deepEqual(await driver.read(out), [])
  })

  test(`skip in ${place}: the others go on, and the skipped one is told`, async () => {
    const { driver, readings, out } = newApp(stream => build(stream, picky, 'skip'))
    await driver.feed(readings, [GOOD, BAD, LAST])
    await driver.drain()
    assert.equal((await driver.read(out)).length, 2)
    const [event, ...others] = driver.events.filter(each => each.type === 'error')
    assert.deepEqual([event?.action, event?.code, others.length], ['skipped', 'STEP_FAILED', 0])
  })

  test(`deadLetter in ${place}: the element goes to the dead-letter topic, the others go on`, async () => {
    const { driver, readings, out } = newApp(stream => build(stream, picky, 'deadLetter'))
    await driver.feed(readings, [GOOD, BAD, LAST])
    await driver.drain()
    assert.equal((await driver.read(out)).length, 2)
    const letters = await driver.deadLetters()
    assert.deepEqual(
      letters.map(letter => JSON.parse(letter.value ?? '') as unknown),
      [BAD],
    )
  })

  test(`retry in ${place}: a function that works the second time gives each result once`, async () => {
    let attempts = 0
    const check = (r: Reading): Reading => (r.value < 0 && ++attempts < 3 ? picky(r) : r)
    const { driver, readings, out } = newApp(stream => build(stream, check, { retry: { backOff: '1s' } }))
    await driver.feed(readings, [GOOD, BAD, LAST])
    await driver.drain()
    assert.equal((await driver.read(out)).length, 3)
    const events = driver.events.filter(each => each.type === 'error')
    assert.deepEqual(
      events.map(event => event.action),
      ['retrying', 'retrying'],
    )
  })
}

test('a dead letter says what, where and when', async () => {
  const { driver, readings } = newApp(stream =>
    stream
      .eventTime(r => r.time, { maxAhead: false })
      .keyBy('key')
      .map(picky, { id: 'check', onError: 'deadLetter' }),
  )
  await driver.feedRecords(readings, [{ value: GOOD }, { value: BAD, key: 'record-key', timestamp: 77 }])
  await driver.run()
  const [letter] = await driver.deadLetters()
  assert.ok(letter)
  // What a retry needs is bytes: their test is that a retry gives the right result.
  const { element, ...headers } = letter.headers
  assert.ok(element)
  assert.deepEqual(
    { ...letter, headers },
    {
      partition: 0,
      offset: 0,
      key: 'a',
      value: JSON.stringify(BAD),
      timestamp: 77,
      headers: {
        error: 'step "check" failed on key "a" (readings/0 at offset 1): RangeError: -1 is negative',
        code: 'STEP_FAILED',
        step: 'check',
        time: '2',
        'entry-watermark': '0',
        key: '"a"',
        origin: 'readings/0 at offset 1',
      },
    },
  )
})

test('a dead letter of a changed value is that value as JSON', async () => {
  const { driver, readings } = newApp(stream =>
    stream.map(r => ({ ...r, big: 10n })).map(r => picky(r), { onError: 'deadLetter' }),
  )
  await driver.feed(readings, [BAD])
  await driver.run()
  assert.equal((await driver.deadLetters())[0]?.value, '{"key":"a","time":2,"value":-1,"big":"10"}')
})

test('bytes that cannot be decoded are a failure of their source, by the policy of the topic', async () => {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading, onError: 'deadLetter' })
  const out = app.topic('out', { value: reading })
  app.stream(readings).to(out)
  const driver = new TestDriver(app)
  const raw = new Topic('readings', { value: bytes() })
  const garbage = Buffer.from('{"key": \u0000\xff')
  await driver.feed(raw, [Buffer.from(JSON.stringify(GOOD)), garbage, Buffer.from(JSON.stringify(LAST))])
  await driver.run()
  assert.deepEqual(await driver.values(out), [GOOD, LAST])
  const letters = await driver.read(new Topic('app-dead-letters', { value: bytes() }))
  assert.deepEqual(
    letters.map(letter => [
      Buffer.from(letter.value ?? []).toString('hex'),
      letter.headers['code'],
      letter.headers['step'],
    ]),
    [[garbage.toString('hex'), 'DECODE_FAILED', 'readings']],
  )
})

test('a value that the output topic’s codec refuses is a failure of the sink', async () => {
  const app = new App('app')
  const readings = app.topic('readings', { value: reading })
  const out = app.topic('out', { value: json({ value: 'number' }) })
  app
    .stream(readings)
    .map(r => ({ value: r.value < 0 ? Number.NaN : r.value }))
    .to(out, { onError: 'skip' })
  const driver = new TestDriver(app)
  await driver.feed(readings, [GOOD, BAD, LAST])
  await driver.run()
  assert.deepEqual(await driver.values(out), [{ value: 1 }, { value: 3 }])
})

test('the policy of the app holds for steps without one of their own', async () => {
  const { driver, readings, out } = newApp(stream => stream.map(picky), { onError: 'skip' })
  await driver.feed(readings, [GOOD, BAD, LAST])
  await driver.run()
  assert.equal((await driver.read(out)).length, 2)
})

test('under skip a flatMap that throws half way has given nothing', async () => {
  const { driver, readings, out } = newApp(stream =>
    stream.flatMap(
      function* (r) {
        yield { ...r, part: 1 }
        picky(r)
        yield { ...r, part: 2 }
      },
      { onError: 'skip' },
    ),
  )
  await driver.feed(readings, [GOOD, BAD])
  await driver.run()
  assert.deepEqual(await driver.values(out), [
    { ...GOOD, part: 1 },
    { ...GOOD, part: 2 },
  ])
})

test('under skip an aggregation that throws half way has changed nothing', async () => {
  const { driver, readings, out } = newApp(stream =>
    stream
      .eventTime(r => r.time, { maxAhead: false })
      .keyBy('key')
      .window(tumbling(100))
      .aggregate(
        {
          init: (): number[] => [],
          add: (all, r) => {
            all.push(r.value)
            picky(r)
            return all
          },
        },
        { onError: 'skip' },
      )
      .map(result => result.value),
  )
  await driver.feed(readings, [GOOD, BAD, LAST])
  await driver.drain()
  assert.deepEqual(await driver.values(out), [[1, 3]])
})

test('under skip a merge of accumulators that throws half way has changed nothing', async () => {
  const { driver, readings, out } = newApp(stream =>
    stream
      .eventTime(r => r.time, { maxAhead: false })
      .keyBy(r => r.key)
      .window(tumbling(100))
      .aggregate(
        {
          init: (): number[] => [],
          add: (all, r) => [...all, r.value],
          merge: (into, other) => {
            for (const value of other) {
              into.push(value)
              if (value < 0) throw new Error('negative')
            }
            return into
          },
        },
        { onError: 'skip' },
      )
      .map(result => result.value),
  )
  await driver.feed(readings, [GOOD, GOOD])
  await driver.run({ workers: 2 })
  await driver.feed(readings, [BAD, BAD, LAST])
  await driver.drain()
  assert.deepEqual(await driver.values(out), [[1, 1]])
})

test('a step is not blamed for what fails further down', async () => {
  const { driver, readings } = newApp(stream =>
    stream.map(r => r, { id: 'above', onError: 'skip' }).map(picky, { id: 'below', onError: 'fail' }),
  )
  await driver.feed(readings, [BAD])
  await assert.rejects(driver.run(), { step: 'below' })
})

test('when a window’s result fails at the end of the input, the app fails and nothing of it is committed', async () => {
  // Windows closed at the end of the input, or by the watermark of a commit, used to fail silently.
  let broken = true
  const { driver, readings, out } = newApp(stream =>
    stream
      .eventTime(r => r.time, { maxAhead: false })
      .keyBy('key')
      .window(tumbling(10))
      .count()
      .map(result => {
        if (broken) throw new Error('broken')
        return result.value
      }),
  )
  await driver.feed(readings, [GOOD, LAST])
  await assert.rejects(driver.drain(), /broken/)
  broken = false
  await driver.drain()
  assert.deepEqual(await driver.values(out), [2])
})

test('a task without a shard of its own writes its dead letters too', async () => {
  const app = new App('app', { shards: 1 })
  const readings = app.topic('readings', { value: reading, partitions: 3 })
  const out = app.topic('out', { value: reading })
  app.stream(readings).map(picky, { onError: 'deadLetter' }).to(out)
  const driver = new TestDriver(app)
  await driver.feedRecords(readings, [{ value: BAD, partition: 2 }])
  await driver.run()
  assert.equal((await driver.deadLetters()).length, 1)
})

test('a key that came by the wrong partition stops the app whatever the policy, and is named', async () => {
  const app = new App('app', { onError: 'skip' })
  const readings = app.topic('readings', { value: reading, keyedBy: 'key', partitions: 4 })
  const out = app.topic('out')
  app.stream(readings).keyBy('key').running().count().to(out)
  const driver = new TestDriver(app)
  await driver.feed(readings, [GOOD])
  const right = (await driver.read(readings))[0]?.partition ?? 0
  await driver.feedRecords(readings, [{ value: LAST, partition: right }])
  await driver.run()
  await driver.feedRecords(readings, [{ value: { ...GOOD, key: 'a' }, partition: (right + 1) % 4 }])
  await assert.rejects(driver.run(), { code: 'KEY_MISPLACED', message: /key "a" belongs to shard/ })
})
