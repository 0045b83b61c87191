/** Reference counters of many elements. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { RefCounter, Stream } from 'sluice'

const SIZE = 5000
const TIMES_LARGER = 4
const TIMES_AT_MOST = 10
const ATTEMPTS = 5

/** How long it takes, in the best of some attempts, milliseconds. */
function timeOf(run: () => void): number {
  const times = Array.from({ length: ATTEMPTS }, () => {
    const started = performance.now()
    run()
    return performance.now() - started
  })
  return Math.min(...times)
}

test('four times as many counters in a chunk cost four times as much, not sixteen times', () => {
  let done = 0
  const fill = (size: number) => () => {
    const numbers = new Stream<number>()
    numbers.chunk(size).sink(() => {})
    for (let n = 0; n < size; n++) void numbers.emit(n, { ref: new RefCounter(() => done++) })
  }
  const small = timeOf(fill(SIZE))
  const large = timeOf(fill(SIZE * TIMES_LARGER))
  assert.equal(done, ATTEMPTS * SIZE * (1 + TIMES_LARGER))
  assert.ok(large < small * TIMES_AT_MOST, `${(large / small).toFixed(1)} times as much`)
})
