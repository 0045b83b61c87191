import assert from 'node:assert/strict'
import test from 'node:test'
import { RankedRows } from './ranked-rows.ts'

function ranked(row: string, number: number) {
  return { row, number, text: row }
}

test('what was read already has no second effect, so a snapshot may be newer than the changelog behind it', () => {
  const rows = new RankedRows<string>(1)
  rows.change(ranked('a', 1), 1)
  assert.equal(rows.takeAddition(), undefined)
  rows.change(ranked('b', 2), 1)
  rows.change(ranked('a', 1), -1)
  const addition = rows.takeAddition()
  assert.ok(addition !== undefined)
  const restored = RankedRows.fromState(rows.toState(), 1)
  restored.read(addition)
  assert.deepEqual(restored.best(5), ['b'])
  restored.read({
    from: 2,
    added: [
      ['a', 1, -1],
      ['c', 3, 1],
    ],
  })
  assert.deepEqual(restored.best(5), ['c', 'b'])
})

test('one that is taken back before it comes is there neither then nor after', () => {
  const rows = new RankedRows<string>(-1)
  rows.change(ranked('a', 1), -1)
  rows.change(ranked('b', 2), 1)
  assert.deepEqual(rows.best(2), ['b'])
  assert.equal(rows.bestNumber, 2)
  rows.change(ranked('a', 1), 1)
  assert.deepEqual(rows.best(2), ['b'])
})

test('what is no number comes first, and equal numbers are in the order of contents', () => {
  const rows = new RankedRows<string>(1)
  for (const [row, number] of [
    ['c', 1],
    ['a', 1],
    ['x', Number.NaN],
    ['b', 5],
  ] as const) {
    rows.change(ranked(row, number), 1)
  }
  assert.deepEqual(rows.best(9), ['x', 'b', 'a', 'c'])
  assert.deepEqual(rows.best(2), ['x', 'b'])
})
