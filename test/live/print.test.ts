import assert from 'node:assert/strict'
import test from 'node:test'
import { Stream } from 'sluice'

test('print prints one line of JSON for each element, unless somebody listens to events', t => {
  const log = t.mock.method(console, 'log', () => {})
  const plain = new Stream<unknown>()
  plain.print()
  void plain.emit({ a: 1 })
  void plain.emit(2n)
  const told: unknown[] = []
  const heard = new Stream<number>({ onEvent: event => told.push(event.type) })
  heard.print()
  void heard.emit(1)
  assert.deepEqual(
    log.mock.calls.map(call => call.arguments),
    [['{"a":1}'], ['"2"']],
  )
  assert.deepEqual(told, ['print'])
})
