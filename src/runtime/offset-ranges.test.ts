import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { OffsetRanges } from './offset-ranges.ts'

test('ranges hold exactly what was added, however it was divided, and survive being stored', () => {
  const rounds = fc.array(fc.uniqueArray(fc.integer({ min: 5, max: 60 })), { maxLength: 6 })
  fc.assert(
    fc.property(rounds, added => {
      let ranges = new OffsetRanges(5)
      const wanted = new Set<number>([0, 1, 2, 3, 4])
      for (const round of added) {
        const fresh = round.filter(offset => !wanted.has(offset)).sort((a, b) => a - b)
        ranges.addAll(fresh)
        for (const offset of fresh) wanted.add(offset)
        ranges = OffsetRanges.decode(ranges.base, ranges.encode())
      }
      for (let offset = 0; offset < 70; offset++)
        assert.equal(ranges.has(offset), wanted.has(offset), `${offset}`)
      assert.equal(wanted.has(ranges.base), false)
    }),
  )
})

test('what was purged counts as handled, in the middle of a range too', () => {
  for (const purged of [3, 12, 14, 15, 16, 30]) {
    const ranges = new OffsetRanges(5)
    ranges.addAll([10, 11, 12, 13, 14, 20])
    ranges.addBefore(purged)
    for (let offset = 0; offset < 40; offset++) {
      const wanted = offset < 5 || offset < purged || (offset >= 10 && offset < 15) || offset === 20
      assert.equal(ranges.has(offset), wanted, `${offset} after ${purged}`)
    }
    assert.equal(ranges.has(ranges.base), false)
  }
})

test('a base that has moved on since moves no range', () => {
  const ranges = new OffsetRanges(5)
  ranges.addAll([10, 11, 20])
  const moved = OffsetRanges.decode(15, ranges.encode())
  const has = Array.from({ length: 25 }, (_, offset) => offset).filter(offset => moved.has(offset))
  assert.deepEqual(has, [...Array(15).keys(), 20])
})

test('what is handled in order takes no space', () => {
  const ranges = new OffsetRanges(0)
  ranges.addAll(Array.from({ length: 1000 }, (_, offset) => offset))
  assert.equal(ranges.base, 1000)
  assert.equal(ranges.encode().length, 2)
})
