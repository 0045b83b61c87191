/** What is equal, and what is not. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { contentsOf } from './identity.ts'

test('a row is equal to itself after it was written and read: places of arrays without an element are undefined', () => {
  const holed: unknown[] = []
  holed[1] = 1
  assert.equal(contentsOf(holed), contentsOf([undefined, 1]))
  assert.notEqual(contentsOf(holed), contentsOf([null, 1]))
})

test('bytes are equal by what they hold, whatever views of memory they are', () => {
  assert.equal(contentsOf({ at: new Uint8Array([97, 98]) }), contentsOf({ at: Buffer.from('ab') }))
  assert.notEqual(contentsOf(new Uint8Array([1, 2])), contentsOf(new Uint8Array([12])))
  assert.notEqual(contentsOf(new Uint8Array([1, 2])), contentsOf([1, 2]))
})

test('what is no plain data is refused, with what helps', () => {
  assert.throws(() => contentsOf({ at: new Map() }), {
    code: 'STEP_FAILED',
    message: /only plain data can be compared; make such data of it first/,
  })
})
