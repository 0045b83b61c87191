/** An operator and a source of another package: live, in an app, and through restarts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { App, json, type KeyedStream, ManualClock, Stream } from 'sluice'
import { TestDriver } from 'sluice/testing'
import { turn } from '../live/turns.ts'
import { burstKernel, bursts, countTo } from './bursts.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never

async function advance(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await turn()
}

test('its timer works on a live stream, and what is left comes at the end', async () => {
  const clock = new ManualClock()
  const words = new Stream<string>({ clock })
  const seen = words.pipe(bursts('1s')).toArray()
  await words.emit('a')
  await advance(clock, 900)
  await words.emit('b')
  await advance(clock, 900)
  assert.deepEqual(seen, [])
  await advance(clock, 100)
  assert.deepEqual(seen, [['a', 'b']])
  await words.emit('c')
  await words.end()
  assert.deepEqual(seen, [['a', 'b'], ['c']])
})

test('its source is one of a live stream', async () => {
  const numbers = Stream.from(countTo(3))
  const seen = numbers.pipe(bursts('1s')).toArray()
  await numbers.run()
  assert.deepEqual(seen, [[1, 2, 3]])
})

test('on a keyed stream it has state for each key, and keeps the keys', async () => {
  const numbers = Stream.from(countTo(5))
  const byParity = numbers.keyBy(n => n % 2 === 0).process('bursts', burstKernel<number>(1000))
  const counts = byParity.running().count().toArray()
  const seen = byParity.toArray()
  await numbers.run()
  assert.deepEqual(seen, [
    [1, 3, 5],
    [2, 4],
  ])
  assert.deepEqual(
    counts.map(({ key }) => key),
    [false, true],
  )
})

for (const workers of [1, 2]) {
  test(`in an app its state survives a crash, with ${workers} workers`, async () => {
    const app = new App('bursts')
    const topic = app.topic('words', {
      value: json({ word: 'string', user: 'string' }),
      partitions: 2,
      keyedBy: 'user',
    })
    const out = app.topic('bursts', { value: json<readonly { word: string }[]>(), partitions: 1 })
    app
      .stream(topic)
      .keyBy('user')
      .process('bursts', burstKernel<{ word: string; user: string }>(1000))
      .to(out)
    const driver = new TestDriver(app)
    await driver.feed(
      topic,
      ['a', 'b'].map(word => ({ word, user: 'Ada' })),
    )
    driver.crashAt({ moment: 'afterCommit', number: 1 })
    assert.equal(await driver.run({ workers }), 'crashed')
    await driver.feed(topic, [{ word: 'c', user: 'Ada' }])
    await driver.drain({ workers })
    const found = (await driver.values(out)).map(burst => burst?.map(({ word }) => word).join(''))
    assert.deepEqual(found, ['abc'])
  })
}

test('in an app its timer goes on after a crash', async () => {
  const app = new App('bursts')
  const topic = app.topic('words', { value: json<string>(), partitions: 1 })
  const out = app.topic('bursts', { value: json<readonly string[]>(), partitions: 1 })
  app.stream(topic).pipe(bursts('1s')).to(out)
  const driver = new TestDriver(app)
  await driver.start()
  await driver.feed(topic, ['a', 'b'])
  await driver.advance('500ms')
  await driver.crash()
  await driver.start()
  await driver.advance('2s')
  await driver.stop()
  assert.deepEqual(await driver.values(out), [['a', 'b']])
})

test('its types need no help', () => {
  const words = new Stream<string>()
  const piped = words.pipe(
    stream => stream.filter(word => word !== ''),
    bursts('1s'),
    stream => stream.map(burst => burst.length),
  )
  const keyed = words.keyBy(word => word).pipe(stream => stream.map(word => word.length))
  const ended = words.pipe(stream => stream.toArray())
  const same: [
    Same<ReturnType<typeof piped.toArray>, number[]>,
    Same<typeof keyed, KeyedStream<string, number>>,
    Same<typeof ended, string[]>,
  ] = [true, true, true]
  assert.equal(same.length, 3)
  // @ts-expect-error: the kernel takes numbers
  words.process('bursts', burstKernel<number>(1000))
})

test('pipe calls the functions in their order, each with what the one before gave', async () => {
  const numbers = new Stream<number>()
  const seen = numbers.pipe(
    stream => stream.map(n => n + 1),
    stream => stream.map(n => n * 10),
    stream => stream.map(n => n + 0.5),
    stream => stream.map(n => `${n}`),
    stream => stream.toArray(),
  )
  await numbers.emit(1)
  assert.deepEqual(seen, ['20.5'])
})

test('what cannot be a step or an operator is refused as it is added', () => {
  const numbers = new Stream<number>()
  const factory = burstKernel<number>(1000)
  const code = 'OPTION_INVALID'
  for (const name of ['', 'two words', 'a/b', 'x'.repeat(41)]) {
    assert.throws(() => numbers.process(name, factory), {
      code,
      message: /expected a name of letters, digits/,
    })
  }
  // As a program without types may say it.
  for (const wrong of [undefined, { fingerprint: '', open: factory.open }, () => factory]) {
    assert.throws(() => numbers.process('bursts', wrong as never), {
      code,
      message: /and \{ onElement, … \} or a kernel factory, \{ fingerprint, open \}$/,
    })
  }
  assert.throws(() => numbers.process('bursts', {} as never), { code, message: /has no onElement/ })
  assert.throws(() => numbers.pipe(5 as never), { code, message: 'pipe was given 5; expected functions' })
})
