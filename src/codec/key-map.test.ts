import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Key, KeyPart } from './key.ts'
import { KeyMap } from './key-map.ts'

const keyPart: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', '\u0000', '1', 'true', 'n1,', 'd1,', '1:a', 't'),
  fc.integer({ min: -3, max: 3 }),
  fc.boolean(),
  fc.bigInt({ min: -2n, max: 2n }),
)
const anyKey: fc.Arbitrary<Key> = fc.oneof(keyPart, fc.array(keyPart, { maxLength: 3 }))

test('type is part of identity', () => {
  const keys: readonly Key[] = [1, '1', 1n, true, 'true', [1], ['1'], [1n], '[1]', [true], ['true'], []]
  const map = new KeyMap<Key>()
  for (const key of keys) map.set(key, key)
  assert.equal(map.size, keys.length)
  for (const key of keys) assert.equal(map.get(key), key)
})

test('tuples with equal parts are one key, and zero has no sign', () => {
  const map = new KeyMap<string>()
  map.set(['a', 1, true, 2n], 'tuple')
  map.set([-0], 'zeros')
  map.set(-0, 'zero')
  assert.deepEqual([map.get(['a', 1, true, 2n]), map.get([0]), map.get(0)], ['tuple', 'zeros', 'zero'])
})

test('it does what a list of keys compared part by part does', () => {
  const operation = fc.record({ kind: fc.constantFrom('set', 'delete', 'get'), key: anyKey })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 40 }), operations => {
      const map = new KeyMap<number>()
      let model: { readonly key: Key; readonly value: number }[] = []
      for (const [value, { kind, key }] of operations.entries()) {
        const found = model.find(other => sameKey(other.key, key))
        assert.equal(map.get(key), found?.value)
        if (kind === 'get') continue
        model = model.filter(other => other !== found)
        if (kind === 'delete') map.delete(key)
        else {
          map.set(key, value)
          model.push({ key, value })
        }
        assert.equal(map.size, model.length)
        assert.deepEqual(new Set(map.values()), new Set(model.map(entry => entry.value)))
      }
    }),
    { numRuns: 500 },
  )
})

function sameKey(left: Key, right: Key): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  return left.length === right.length && left.every((part, at) => part === right[at])
}
