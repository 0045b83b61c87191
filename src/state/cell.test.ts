import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { Key } from '../codec/index.ts'
import { type Change, KeyedCell } from './cell.ts'

const WIRE = { encode: (value: number) => [value], decode: (wire: unknown) => (wire as [number])[0] }

function newCell(): KeyedCell<number> {
  return new KeyedCell('numbers', WIRE)
}

function changesOf(cell: KeyedCell<number>): readonly Change[] {
  const changes: Change[] = []
  cell.changes(change => changes.push(change))
  return changes
}

function contentOf(cell: KeyedCell<number>): readonly string[] {
  const rows: string[] = []
  for (const namespace of cell.namespaces()) {
    for (const { key, value } of cell.entries(namespace)) {
      rows.push(`${String(namespace)} ${typeof key} ${String(key)} ${value}`)
    }
  }
  return rows.sort()
}

test('an entry is found under its namespace and key only', () => {
  const cell = newCell()
  cell.create(1, 'a', 10)
  assert.equal(cell.get(1, 'a')?.value, 10)
  assert.equal(cell.get(2, 'a'), undefined)
  assert.equal(cell.get(1, 'b'), undefined)
  assert.equal(cell.has(2), false)
  assert.equal(cell.size, 1)
})

test('keys of another type are other keys', () => {
  const cell = newCell()
  const keys: readonly Key[] = ['1', 1, 1n, true, ['1'], [1]]
  for (const [index, key] of keys.entries()) cell.create(0, key, index)
  assert.deepEqual(
    keys.map(key => cell.get(0, key)?.value),
    [0, 1, 2, 3, 4, 5],
  )
})

test('an entry that changes twice is written once, with its last value', () => {
  const cell = newCell()
  const entry = cell.create(1, 'a', 10)
  entry.value = 11
  cell.touch(entry)
  assert.deepEqual(changesOf(cell), [{ kind: 'put', namespace: 1, key: 'a', value: [11] }])
  assert.equal(cell.changed, 0)
  assert.deepEqual(changesOf(cell), [])
})

test('a deleted entry is written as a tombstone, and one that came and went as that too', () => {
  const cell = newCell()
  const entry = cell.create(1, 'a', 10)
  changesOf(cell)
  cell.delete(entry)
  cell.delete(entry)
  assert.deepEqual(changesOf(cell), [{ kind: 'delete', namespace: 1, key: 'a' }])
  assert.equal(cell.size, 0)
  assert.equal(cell.has(1), false)
})

test('an entry that is deleted and made again is written as such, so that it comes last when it is restored', () => {
  const cell = newCell()
  cell.delete(cell.create(1, 'a', 10))
  cell.create(1, 'a', 20)
  assert.deepEqual(changesOf(cell), [
    { kind: 'delete', namespace: 1, key: 'a' },
    { kind: 'put', namespace: 1, key: 'a', value: [20] },
  ])
})

test('a dropped namespace is one change, before what fills it anew', () => {
  const cell = newCell()
  cell.create(1, 'a', 10)
  cell.create(1, 'b', 11)
  changesOf(cell)
  cell.drop(1)
  cell.create(1, 'b', 12)
  assert.deepEqual(changesOf(cell), [
    { kind: 'drop', namespace: 1 },
    { kind: 'put', namespace: 1, key: 'b', value: [12] },
  ])
})

test('dropping a namespace that holds nothing changes nothing', () => {
  const cell = newCell()
  cell.drop(7)
  assert.equal(cell.changed, 0)
})

type Operation =
  | { readonly kind: 'set'; readonly namespace: number; readonly key: string; readonly value: number }
  | { readonly kind: 'delete'; readonly namespace: number; readonly key: string }
  | { readonly kind: 'drop'; readonly namespace: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'snapshot'; readonly steps: number }

const namespace = fc.nat(2)
const key = fc.constantFrom('a', 'b', 'c')
const operations = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('set'), namespace, key, value: fc.nat(99) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete'), namespace, key }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('drop'), namespace }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit') }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('snapshot'), steps: fc.nat(4) }) },
  ) as fc.Arbitrary<Operation>,
  { maxLength: 40 },
)

function perform(cell: KeyedCell<number>, operation: Operation): void {
  if (operation.kind === 'drop') return cell.drop(operation.namespace)
  if (operation.kind !== 'set' && operation.kind !== 'delete') return
  const entry = cell.get(operation.namespace, operation.key)
  if (operation.kind === 'delete') {
    if (entry !== undefined) cell.delete(entry)
  } else if (entry === undefined) cell.create(operation.namespace, operation.key, operation.value)
  else {
    entry.value = operation.value
    cell.touch(entry)
  }
}

test('replaying all changes gives the live entries, at every commit', () => {
  fc.assert(
    fc.property(operations, all => {
      const cell = newCell()
      const log: Change[] = []
      for (const operation of all) {
        perform(cell, operation)
        if (operation.kind !== 'commit') continue
        cell.changes(change => log.push(change))
        assert.deepEqual(contentOf(replay(log)), contentOf(cell))
        assert.equal(replay(log).size, cell.size)
      }
    }),
    { numRuns: 500 },
  )
})

test('a snapshot taken bit by bit while the cell changes, and the changes since its begin, give the live entries', () => {
  fc.assert(
    fc.property(operations, operations, (before, during) => {
      const cell = newCell()
      for (const operation of before) perform(cell, operation)
      cell.changes(() => {})
      const rows = cell.snapshot()
      const snapshot: Change[] = []
      const log: Change[] = []
      const take = (steps: number): void => {
        for (let step = 0; step < steps; step++) {
          const next = rows.next()
          if (next.done !== true) snapshot.push(next.value)
        }
      }
      for (const operation of during) {
        perform(cell, operation)
        // Chunks are written within commits, after the changes.
        cell.changes(change => log.push(change))
        if (operation.kind === 'snapshot') take(operation.steps)
      }
      take(cell.size + 100)
      assert.deepEqual(contentOf(replay([...snapshot, ...log])), contentOf(cell))
    }),
    { numRuns: 500 },
  )
})

function replay(log: readonly Change[]): KeyedCell<number> {
  const cell = newCell()
  for (const change of log) cell.apply(change)
  assert.equal(cell.changed, 0)
  return cell
}
