/** Live streams as Observables. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Stream } from 'sluice'

test('an observer may give back anything, and is not waited for', () => {
  const numbers = new Stream<number>()
  const seen: number[] = []
  numbers.subscribe(n => seen.push(n))
  const observer: { next: () => unknown } = { next: () => new Promise<void>(() => {}) }
  numbers.subscribe(observer)
  assert.equal(numbers.emit(1), undefined)
  assert.equal(numbers.emit(2), undefined)
  assert.deepEqual(seen, [1, 2])
})
