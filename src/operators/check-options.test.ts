import assert from 'node:assert/strict'
import test from 'node:test'
import { checkFunction, checkOptions, checkRest } from './check-options.ts'

test('an option that is misspelt is named, with those that there are', () => {
  assert.throws(() => checkRest({ timout: '1s' }, 'chunk'), {
    code: 'OPTION_INVALID',
    message: 'chunk: there is no option "timout"; there are timeout, key, id, onError',
  })
  assert.throws(() => checkRest({ idd: 'x' }, 'map'), /map: there is no option "idd"; there are id, onError/)
})

test('what every step takes is no mistake', () => {
  assert.doesNotThrow(() => checkRest({ id: 'x', onError: 'skip' }, 'map'))
})

test('options of other things are checked against their own list', () => {
  assert.throws(() => checkOptions({ pre: '1s' }, ['max', 'per'], 'rateLimit'), { code: 'OPTION_INVALID' })
})

test('what cannot be called is refused', () => {
  const message = 'map was given 5; expected a function'
  assert.throws(() => checkFunction(5, 'map'), { code: 'OPTION_INVALID', message })
})
