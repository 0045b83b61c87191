/** What a live graph sends to its dead letters. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, bytes, fromEvent, type LiveDeadLetter, Stream } from 'sluice'

function doubled(numbers: Stream<number>): Stream<number> {
  return numbers.map(
    n => {
      if (n < 0) throw new RangeError(`${n} is negative`)
      return n * 2
    },
    { id: 'double', onError: 'deadLetter' },
  )
}

test('dead letters come with the step, the element and what was thrown, and the others go on', async () => {
  const numbers = new Stream<number>()
  const results = doubled(numbers).toArray()
  const letters: LiveDeadLetter[] = []
  numbers.deadLetters().sink(letter => letters.push(letter))
  for (const n of [1, -2, 3]) await numbers.emit(n)
  assert.deepEqual(results, [2, 6])
  const [letter, ...more] = letters
  assert.equal(more.length, 0)
  assert.deepEqual([letter?.step, letter?.code, letter?.element], ['double', 'STEP_FAILED', -2])
  assert.ok(letter?.error instanceof RangeError)
})

test('an element that becomes a dead letter is done with when the letter is', async () => {
  const numbers = new Stream<number>()
  doubled(numbers).toArray()
  let stored = (): void => {}
  numbers.deadLetters().sink(
    () =>
      new Promise<void>(resolve => {
        stored = resolve
      }),
  )
  let isDone = false
  const done = numbers.emit(-2)?.then(() => {
    isDone = true
  })
  await Promise.resolve()
  assert.equal(isDone, false)
  stored()
  await done
})

test('dead letters that nobody reads fail the element', () => {
  const numbers = new Stream<number>({ name: 'numbers' })
  doubled(numbers).toArray()
  assert.throws(() => numbers.emit(-2), /nobody reads deadLetters\(\) of "numbers"/)
})

test('a stream of an app says where its dead letters are', () => {
  const app = new App('letters')
  const stream = app.stream(app.topic('in', { value: bytes() }))
  assert.throws(() => stream.deadLetters(), { code: 'GRAPH_INVALID', message: /topic of its dead letters/ })
})

test('events of an EventTarget are elements until the source is stopped', async () => {
  const target = new EventTarget()
  const events = Stream.from(fromEvent(target, 'click'))
  const types = events.map(event => event.type).toArray()
  const running = events.run()
  target.dispatchEvent(new Event('click'))
  target.dispatchEvent(new Event('other'))
  target.dispatchEvent(new Event('click'))
  await events.stop()
  await running
  target.dispatchEvent(new Event('click'))
  assert.deepEqual(types, ['click', 'click'])
})
