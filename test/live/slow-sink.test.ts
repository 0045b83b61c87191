/** A sink that is slower than its source. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ManualClock, Stream } from 'sluice'
import { turn } from './turns.ts'

const CAPACITY = 100
const MINUTE_MS = 60_000

test('a fast source is never further ahead of a slow sink than the buffer says, for a minute', async () => {
  const clock = new ManualClock()
  let brought = 0
  let written = 0
  let furthest = 0
  const numbers = Stream.from<number>(
    {
      name: 'fast',
      run: async ({ emit, signal }) => {
        while (!signal.aborted) {
          furthest = Math.max(furthest, brought - written)
          await emit(brought++)
        }
      },
    },
    { clock },
  )
  numbers.buffer(CAPACITY).sink(async () => {
    await clock.sleep(10)
    written++
  })
  void numbers.run()
  for (let now = 0; now < MINUTE_MS; now += 10) {
    await turn()
    clock.advance(10)
  }
  await turn()
  assert.ok(written >= MINUTE_MS / 10 - 1, `${written} written`)
  // One is below, and one waits for room.
  assert.ok(furthest <= CAPACITY + 2, `${furthest} ahead`)
  await numbers.dispose()
})
