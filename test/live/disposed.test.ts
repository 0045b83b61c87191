/** What becomes of those who wait when a live stream is disposed of: each hears that its element was dropped. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock, RefCounter, Stream } from 'sluice'
import { runScript } from './script.ts'
import { turn } from './turns.ts'

const DROPPED = { code: 'USAGE', message: /was disposed of before this was done/ }
const never = (): Promise<void> => new Promise(() => {})

const WAITS: readonly (readonly [what: string, build: (numbers: Stream<number>) => unknown])[] = [
  ['a sink that never settles', numbers => numbers.sink(never)],
  ['a step that never settles', numbers => numbers.map(never)],
  ['calls that never settle', numbers => numbers.mapAsync(never, { concurrency: 2 })],
  ['a full buffer', numbers => numbers.buffer(1).sink(never)],
  ['the turn of a rate', numbers => numbers.rateLimit('1h')],
  ['a partner', numbers => numbers.zip([new Stream<number>({ clock })], { maxSize: 1 })],
]
const clock = new ManualClock()

for (const [what, build] of WAITS) {
  test(`who waits for ${what} hears of the end of the stream`, async () => {
    const numbers = new Stream<number>({ clock, onFailure: () => {} })
    build(numbers)
    const waiting = [1, 2, 3].map(n => numbers.emit(n)).filter(promise => promise !== undefined)
    const last = waiting.at(-1)
    assert.ok(last !== undefined)
    await turn()
    await numbers.dispose()
    await assert.rejects(last, DROPPED)
    assert.deepEqual(
      (await Promise.allSettled(waiting)).map(({ status }) => status),
      waiting.map(() => 'rejected'),
    )
  })
}

test('who waits for the end, or for a flush, hears of it too', async () => {
  const numbers = new Stream<number>()
  const collected = numbers.collect()
  collected.sink(never)
  await numbers.emit(1)
  const flushed = collected.flush()
  const ended = numbers.end()
  await numbers.dispose()
  await assert.rejects(async () => flushed, DROPPED)
  await assert.rejects(async () => ended, DROPPED)
})

test('a dropped element does not count as done', async () => {
  const numbers = new Stream<number>()
  numbers.sink(never)
  let isDone = false
  const emitted = numbers.emit(1, { ref: new RefCounter(() => (isDone = true)) })
  await numbers.dispose()
  await assert.rejects(async () => emitted, DROPPED)
  assert.equal(isDone, false)
})

test('dropping what nobody awaits ends no process', async () => {
  const result = await runScript(`
    import { Stream } from 'sluice'
    const numbers = new Stream()
    numbers.sink(() => new Promise(() => {}))
    void numbers.emit(1)
    void numbers.emit(2)
    await numbers.dispose()
    console.log('gone')
  `)
  assert.deepEqual([result.code, result.stdout.trim()], [0, 'gone'])
})

test('a sink may dispose of its own stream; its own element is dropped with the others', async () => {
  const numbers = new Stream<number>()
  numbers.sink(async () => {
    await turn()
    await numbers.dispose()
  })
  await assert.rejects(async () => numbers.emit(1), DROPPED)
  await assert.rejects(async () => numbers.emit(2), /has ended or was disposed of/)
})
