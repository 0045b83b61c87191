/** What is waited for at the end of a live stream, and when it is torn down. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ManualClock, Stream } from 'sluice'
import { turn, whileMoving } from './turns.ts'

const KEPT_BYTES_AT_MOST = 2_000_000

for (const [name, build] of Object.entries<(stream: Stream<number>, clock: ManualClock) => Stream<number>>({
  pace: stream => stream.pace('1s'),
  delay: stream => stream.delay('1s'),
  rateLimit: stream => stream.rateLimit('1s'),
  'buffer before a slow step': (stream, clock) =>
    stream.buffer(10).map(async n => {
      await clock.sleep(1000)
      return n
    }),
  'mapAsync, then what gives out at the end': (stream, clock) =>
    stream
      .mapAsync(async n => {
        await clock.sleep(1000)
        return n
      })
      .chunk(10)
      .flatten(),
  'two of them': stream => stream.delay('1s').pace('1s').buffer(10),
})) {
  test(`end() waits for what is held below: ${name}`, async () => {
    const clock = new ManualClock()
    const numbers = new Stream<number>({ clock })
    const seen = build(numbers, clock).toArray()
    for (const n of [1, 2, 3]) void numbers.emit(n)
    await whileMoving(clock, numbers.end())
    assert.deepEqual(seen, [1, 2, 3])
  })

  test(`run() waits for what is held below: ${name}`, async () => {
    const clock = new ManualClock()
    const seen = build(Stream.from([1, 2, 3], { clock }), clock)
    const array = seen.toArray()
    await whileMoving(clock, seen.run())
    assert.deepEqual(array, [1, 2, 3])
  })
}

test('end() waits for a sink of a connector that is writing', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const committed: number[] = []
  let written: number[] = []
  numbers.to({
    open: () => ({
      write: n => {
        written.push(n)
      },
      prepare: () => undefined,
      commit: async () => {
        const now = written
        written = []
        await clock.sleep(1000)
        committed.push(...now)
      },
      close: () => undefined,
    }),
  })
  for (const n of [1, 2, 3]) void numbers.emit(n)
  await whileMoving(clock, numbers.end())
  assert.deepEqual(committed, [1, 2, 3])
})

test('dispose() does not wait for elements that nobody lets go on any more', async () => {
  const clock = new ManualClock()
  const numbers = Stream.from([1, 2, 3], { clock })
  const seen = numbers.rateLimit('1h').toArray()
  const running = numbers.run()
  await turn()
  await numbers.dispose()
  await running
  assert.deepEqual(seen, [1])
})

test('dispose() does not wait for the end either', async () => {
  const clock = new ManualClock()
  const numbers = Stream.from([1, 2, 3], { clock })
  const seen = numbers.pace('1h').toArray()
  const running = numbers.run()
  await turn()
  await numbers.dispose()
  await running
  assert.deepEqual(seen, [1])
})

test('nothing of what an async iterator brought is kept', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const used = (): number => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const marks: number[] = []
  async function* numbers(): AsyncGenerator<readonly number[]> {
    for (let n = 0; n <= 20_000; n++) {
      if (n === 10_000 || n === 20_000) marks.push(used())
      yield Array.from({ length: 100 }, () => n)
    }
  }
  await Stream.from(numbers())
    .map(row => row.length)
    .run()
  const [before = 0, after = 0] = marks
  assert.ok(after - before < KEPT_BYTES_AT_MOST, `${after - before} bytes more`)
})
