/** What many elements cost that nobody awaits: no more for each than few. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Stream } from 'sluice'

const FEW = 20_000
const MANY = 200_000
/** Ten times as many cost ten times as much; when each moved all behind it, it was hundreds of times. */
const MOST_TIMES = 40

async function drainMs(count: number): Promise<number> {
  const gate = Promise.withResolvers<void>()
  const numbers = new Stream<number>()
  const seen: number[] = []
  numbers.sink(async n => {
    await gate.promise
    seen.push(n)
  })
  let last: Promise<void> | undefined
  for (let n = 0; n < count; n++) last = numbers.emit(n)
  const started = performance.now()
  gate.resolve()
  await last
  const tookMs = performance.now() - started
  assert.equal(seen.length, count)
  assert.ok(seen.every((n, place) => n === place))
  return tookMs
}

test('a long line before a slow sink goes on in order, and as quickly per element as a short one', async t => {
  await drainMs(FEW)
  const few = await drainMs(FEW)
  const many = await drainMs(MANY)
  t.diagnostic(`${MANY} took ${(many / few).toFixed(1)} times as long as ${FEW}`)
  assert.ok(many < few * MOST_TIMES, `${many} ms for ${MANY}, ${few} ms for ${FEW}`)
})

test('of calls in any order, each leaves once and none is lost', async () => {
  const numbers = new Stream<number>()
  const seen = numbers
    .mapAsync(
      async n => {
        for (let turn = 0; turn < (n * 7) % 5; turn++) await Promise.resolve()
        return n
      },
      { concurrency: 4, order: 'none' },
    )
    .toArray()
  for (let n = 0; n < 5000; n++) void numbers.emit(n)
  await numbers.end()
  assert.notDeepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    Array.from({ length: 5000 }, (_, n) => n),
  )
})
