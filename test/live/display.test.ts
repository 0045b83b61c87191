/** What streams show of themselves in the REPL, in `console.log` and in notebooks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { App, json, ManualClock, Stream, tumbling } from '../../src/index.ts'
import { Stream as LiveStream } from '../../src/runtime/live/index.ts'

test('a live stream shows its newest element, its rate, and how many came since it was first shown', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock, name: 'numbers' })
  const next = numbers.map(n => n + 1)
  const sum = next.scan((total, n) => total + n, 0).toArray()
  await numbers.emit(1)
  assert.equal(inspect(next), 'Stream(map) 0 elements')
  for (const n of [5, 6]) await numbers.emit(n)
  assert.equal(inspect(next), 'Stream(map) newest: 7, 2 elements')
  clock.advance(2000)
  assert.equal(inspect(next), 'Stream(map) newest: 7, 0/s, 2 elements')
  for (const n of [7, 8, 9]) await numbers.emit(n)
  clock.advance(2000)
  assert.equal(inspect(next), 'Stream(map) newest: 10, 1.5/s, 5 elements')
  assert.deepEqual(sum, [2, 8, 15, 23, 32, 42])
})

test('a stream that nobody reads shows what passes, and so does one that was emitted to', async () => {
  const texts = new Stream<string>({ name: 'texts' })
  const shouted = texts.map(text => text.toUpperCase())
  for (const stream of [texts, shouted]) inspect(stream)
  await texts.emit('a')
  assert.match(inspect(texts), /^Stream\(texts\) newest: "a", .*1 elements$/)
  assert.match(inspect(shouted), /^Stream\(map\) newest: "A", .*1 elements$/)
})

test('what comes back round a loop is shown too', async () => {
  const numbers = new Stream<number>({ name: 'numbers', clock: new ManualClock() })
  inspect(numbers)
  numbers
    .filter(n => n > 0)
    .map(n => n - 1)
    .connect(numbers)
  await numbers.emit(3)
  assert.equal(inspect(numbers), 'Stream(numbers) newest: 0, 4 elements')
})

test('showing a stream keeps no source going', async () => {
  let taken = 0
  function* endless(): Generator<number> {
    for (;;) yield taken++
  }
  const numbers = Stream.from(endless(), { name: 'numbers' })
  inspect(numbers)
  const three = numbers.take(3).toArray()
  await numbers.run()
  assert.deepEqual(three, [0, 1, 2])
})

test('a keyed stream says so, a stream that has ended too, and an app where it belongs', async () => {
  const words = new Stream<string>({ name: 'words', clock: new ManualClock() })
  assert.equal(inspect(words.keyBy(word => word)), 'KeyedStream(keyBy) 0 elements')
  await words.end()
  assert.equal(inspect(words), 'Stream(words) 0 elements, ended')
  const app = new App('shop')
  const orders = app.stream(app.topic('orders', { value: json({ id: 'string', price: 'number' }) }))
  assert.equal(inspect(orders.map(({ price }) => price)), 'Stream(orders.map) of app "shop"')
  const windows = orders.keyBy('id').window(tumbling('1m'))
  assert.equal(inspect(windows.late), 'KeyedStream(late) of app "shop"')
})

test('a notebook gets the same as text; in a page only the step is shown', () => {
  const clock = new ManualClock()
  const texts = [new Stream({ clock }), new LiveStream({ clock })].map(stream => {
    // What Deno's kernel for Jupyter calls.
    const display = Reflect.get(stream, Symbol.for('Jupyter.display')) as () => unknown
    return display.call(stream)
  })
  assert.deepEqual(texts, [{ 'text/plain': 'Stream(stream) 0 elements' }, { 'text/plain': 'Stream(stream)' }])
})
