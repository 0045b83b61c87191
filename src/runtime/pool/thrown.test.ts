import assert from 'node:assert/strict'
import test from 'node:test'
import { describeThrown, restoreThrown } from './thrown.ts'

/** There and back, as between two threads. */
function sent(thrown: unknown): unknown {
  return restoreThrown(structuredClone(describeThrown(thrown, structuredClone)))
}

test('an error of the language comes back as one of its class', () => {
  const back = sent(new RangeError('too far'))
  assert.ok(back instanceof RangeError)
  assert.equal(back.message, 'too far')
})

test('the stack is that of where it was thrown', () => {
  const error = new Error('here')
  assert.equal((sent(error) as Error).stack, error.stack)
})

test('an error of a class of its own keeps its name', () => {
  class CustomerError extends Error {
    override readonly name = 'CustomerError'
  }
  const back = sent(new CustomerError('gone')) as Error
  assert.ok(back instanceof Error)
  assert.deepEqual([back.name, back.message, String(back)], ['CustomerError', 'gone', 'CustomerError: gone'])
})

test('causes come along, however many of them', () => {
  const back = sent(new Error('a', { cause: new TypeError('b', { cause: 'c' }) })) as Error
  assert.ok(back.cause instanceof TypeError)
  assert.equal(back.cause.message, 'b')
  assert.equal(back.cause.cause, 'c')
})

test('an error that is its own cause ends somewhere', () => {
  const error = new Error('round')
  error.cause = error
  assert.equal((sent(error) as Error).message, 'round')
})

test('the errors of an AggregateError come along', () => {
  const back = sent(new AggregateError([new TypeError('a'), 'b'], 'both'))
  assert.ok(back instanceof AggregateError)
  assert.equal(back.message, 'both')
  assert.ok(back.errors[0] instanceof TypeError)
  assert.equal(back.errors[1], 'b')
})

test('fields come along, but for those that cannot be copied', () => {
  const error = Object.assign(new Error('x'), { code: 'E_X', at: [1, 2], retry: () => {} })
  assert.deepEqual(Object.entries(sent(error) as Error), [
    ['code', 'E_X'],
    ['at', [1, 2]],
  ])
})

test('what is no error comes back as it was, or as text where it cannot be copied', () => {
  assert.deepEqual(sent({ status: 404 }), { status: 404 })
  assert.equal(sent(undefined), undefined)
  assert.equal(sent(Symbol('why')), 'Symbol(why)')
})
