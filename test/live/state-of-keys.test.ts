/** Keys that come no more cost nothing. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type KeyedStream, ManualClock, Stream } from 'sluice'
import { turn } from './turns.ts'

const KEYS = 100_000
const KEPT_BYTES_AT_MOST = 4_000_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

for (const [name, define] of Object.entries<(s: KeyedStream<number, number>) => Stream<unknown>>({
  delay: s => s.delay('1s'),
  pace: s => s.pace('1s'),
  rateLimit: s => s.rateLimit({ max: 3, per: '1s' }),
  'chunk with a timeout': s => s.chunk(10, { timeout: '1s' }),
  timedWindow: s => s.timedWindow('1s'),
})) {
  test(`${name} keeps nothing of keys that come no more`, async () => {
    const clock = new ManualClock()
    const numbers = new Stream<number>({ clock })
    let count = 0
    define(numbers.keyBy(n => n)).sink(() => count++)
    const used: number[] = []
    for (let key = 0; key < 2 * KEYS; key++) {
      if (key % KEYS === 0) {
        collectGarbage()
        used.push(process.memoryUsage().heapUsed)
      }
      void numbers.emit(key)
      if (key % 1000 === 999) {
        clock.advance(200)
        await turn()
      }
    }
    clock.advance(5000)
    await turn()
    void numbers.emit(-1)
    collectGarbage()
    const [before = 0] = used
    const grown = process.memoryUsage().heapUsed - before
    assert.ok(count >= 2 * KEYS)
    assert.ok(grown < KEPT_BYTES_AT_MOST, `${grown} bytes more`)
    await numbers.dispose()
  })
}

test('a key that was forgotten starts anew, and one that still counts does not', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const seen = numbers
    .keyBy(n => n)
    .rateLimit({ max: 1, per: '1s' })
    .toArray()
  void numbers.emit(1)
  clock.advance(600)
  void numbers.emit(2)
  clock.advance(500)
  void numbers.emit(1)
  void numbers.emit(2)
  await turn()
  assert.deepEqual(seen, [1, 2, 1])
  clock.advance(500)
  await turn()
  assert.deepEqual(seen, [1, 2, 1, 2])
  await numbers.dispose()
})
