import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Backlog } from './backlog.ts'

test('a backlog holds the last rows, oldest first, whatever its size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(), { maxLength: 40 }), (capacity, rows) => {
      const backlog = new Backlog<number>(capacity)
      for (const [index, row] of rows.entries()) {
        backlog.push(row)
        const expected = rows.slice(Math.max(0, index + 1 - capacity), index + 1)
        assert.deepEqual(backlog.toArray(), expected)
        assert.deepEqual([...backlog], expected)
        assert.equal(backlog.latest, row)
        assert.equal(backlog.size, expected.length)
      }
    }),
  )
})

test('a cleared backlog is empty and fills again', () => {
  const backlog = new Backlog<string>(2)
  for (const row of ['a', 'b', 'c']) backlog.push(row)
  backlog.clear()
  assert.deepEqual([backlog.size, backlog.latest, backlog.toArray()], [0, undefined, []])
  backlog.push('d')
  assert.deepEqual(backlog.toArray(), ['d'])
})

test('what is pushed while the rows are looked at is not seen', () => {
  const backlog = new Backlog<number>(2)
  backlog.push(1)
  backlog.push(2)
  const seen: number[] = []
  for (const row of backlog) {
    backlog.push(row + 10)
    seen.push(row)
  }
  assert.deepEqual(seen, [1, 2])
})

test('a capacity that cannot be is refused', () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
    assert.throws(() => new Backlog(capacity), { code: 'OPTION_INVALID' }, String(capacity))
  }
})
