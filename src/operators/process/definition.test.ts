import assert from 'node:assert/strict'
import test from 'node:test'
import { hoppingSpans } from '../window/hopping.ts'
import { list, map, output, value } from './cell-specs.ts'
import { checkDefinition, fingerprintOfDefinition, readsFingerprint } from './definition.ts'

const onElement = (): void => {}
const perWindow = { kind: 'windows', spans: hoppingSpans(10, 5), init: () => 0, retentionMs: 0 } as const

function refused(given: unknown, message: RegExp, hasBroadcast = false): void {
  assert.throws(() => checkDefinition('mine', given, hasBroadcast), message)
}

test('what is misspelt or missing is refused while the graph is built', () => {
  refused(undefined, /process "mine": was given undefined/)
  refused({ onElemnt: onElement }, /there is no option "onElemnt"/)
  refused({}, /has no onElement/)
  refused({ onElement: 1 }, /onElement was given 1; expected a function/)
  refused({ onElement, state: { a: 1 } }, /cell "a" is 1; expected value\(\), list\(\), map\(\) or windows/)
  refused({ onElement, state: [value()] }, /state is .*expected an object/)
  refused({ onElement, state: { 'a b': value() } }, /state has the name "a b"/)
  refused({ onElement, timers: { t: 'sometime' }, onTimer: onElement }, /timer "t" is "?sometime/)
  refused({ onElement, timers: { t: 'event' } }, /has the timer "t" and no onTimer/)
  refused({ onElement, outputs: { o: value() } }, /output "o" is .*expected output/)
  refused(
    { onElement, outputs: { late: output() } },
    /the output "late" is that of elements that come too late/,
  )
  refused({ onElement, onClose: onElement }, /has onClose and no windows/)
  refused({ onElement, shared: value() }, /there is no option "shared"/)
  refused({ onElement, shared: value() }, /needs shared, a cell, and onBroadcast/, true)
  refused({ onElement, shared: perWindow, onBroadcast: onElement }, /shared is windows/, true)
})

test('options of cells are checked', () => {
  assert.throws(() => value({ ttl: 'soon' }), /value: ttl is "?soon/)
  assert.throws(() => list({ ttl: 0 }), /longer than 0/)
  // What a program without a type check may do.
  const time = 'sometime' as 'event'
  assert.throws(() => map({ ttl: 1, time }), /map: time is "sometime"; expected "event" or "processing"/)
})

test('handlers that wait are told by how they are declared', () => {
  const plain = checkDefinition('mine', { onElement }, false)
  const waits = checkDefinition('mine', { onElement, onEnd: async () => Promise.resolve() }, false)
  assert.deepEqual([plain.isAsync, waits.isAsync], [false, true])
})

test('a function with more cells and timers reads what one with fewer has stored, and no other', () => {
  const before = {
    state: { a: value(), w: perWindow },
    timers: { t: 'event' },
    onTimer: onElement,
    onElement,
  }
  const fingerprint = (given: object): string =>
    fingerprintOfDefinition(checkDefinition('mine', given, false))
  const stored = fingerprint(before)
  const reads = (given: object): boolean => readsFingerprint(fingerprint(given), stored)
  assert.equal(reads(before), true)
  assert.equal(reads({ ...before, state: { b: list(), ...before.state } }), true)
  assert.equal(reads({ ...before, timers: { t: 'event', u: 'processing' } }), true)
  assert.equal(reads({ ...before, state: { w: perWindow } }), false)
  assert.equal(reads({ ...before, state: { ...before.state, a: list() } }), false)
  assert.equal(reads({ ...before, state: { ...before.state, a: value({ ttl: 1 }) } }), false)
  assert.equal(reads({ ...before, timers: { t: 'processing' } }), false)
  assert.equal(readsFingerprint(stored, 'scan state'), false)
})
