/** What is waited for at the end of a live stream, and when it is torn down. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ManualClock, Stream, tumbling } from 'sluice'
import { turn, whileMoving } from './turns.ts'

const KEPT_BYTES_AT_MOST = 2_000_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

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
  'timedWindow before a slow step': (stream, clock) =>
    stream
      .timedWindow('1s', { empty: false })
      .map(async window => {
        await clock.sleep(5000)
        return window
      })
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

test('emit() waits for what follows from an element after its turn, and hears of its failure', async () => {
  const clock = new ManualClock()
  const numbers = new Stream<number>({ clock })
  const seen: number[] = []
  numbers.rateLimit('1s').sink(async n => {
    await clock.sleep(500)
    if (n === 3) throw new Error('three')
    seen.push(n)
  })
  void numbers.emit(1)
  await whileMoving(clock, numbers.emit(2))
  assert.deepEqual(seen, [1, 2])
  await assert.rejects(whileMoving(clock, numbers.emit(3)), { code: 'STEP_FAILED', message: /three/ })
  await numbers.dispose()
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

test('nothing sleeps any more once the stream has ended, or is torn down', async () => {
  const sleeping = new Set<object>()
  const clock = new ManualClock()
  const watched = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    yield: () => clock.yield(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      const sleep = {}
      sleeping.add(sleep)
      await clock.sleep(ms, signal)
      sleeping.delete(sleep)
    },
  }
  for (const finish of ['end', 'dispose'] as const) {
    const numbers = new Stream<number>({ clock: watched })
    numbers.timedWindow('1h').toArray()
    numbers.chunk(2, { timeout: '1h' }).toArray()
    numbers.processingTime().keyBy(String).window(tumbling('1h')).count().toArray()
    await numbers.emit(1)
    await turn()
    assert.equal(sleeping.size, 1)
    await numbers[finish]()
    await turn()
    assert.equal(sleeping.size, 0, finish)
  }
})

test('chunks that are filled before their time leave nothing behind', () => {
  const clock = new ManualClock()
  const chunks = new Stream<number>({ clock })
  let count = 0
  chunks.chunk(2, { timeout: '1d' }).sink(() => count++)
  chunks
    .keyBy(String)
    .chunk(2, { timeout: '1d' })
    .sink(() => count++)
  const marks: number[] = []
  for (let n = 0; n < 200_000; n++) {
    if (n === 100_000) marks.push(heapUsed())
    void chunks.emit(n % 2)
    if (n % 4 === 0) clock.advance(1)
  }
  marks.push(heapUsed())
  assert.equal(count, 200_000)
  const [before = 0, after = 0] = marks
  assert.ok(after - before < KEPT_BYTES_AT_MOST, `${after - before} bytes more`)
  return chunks.dispose()
})

test('a chunk waits for its own time, whatever was filled before it', async () => {
  const clock = new ManualClock()
  const words = new Stream<string>({ clock })
  const chunks: string[] = []
  words
    .keyBy(word => word.charAt(0))
    .chunk(2, { timeout: '1s' })
    .sink(chunk => chunks.push(`${clock.now()} ${chunk.join(' ')}`))
  for (let n = 0; n < 500; n++) {
    await words.emit('a')
    await words.emit('a')
    if (n === 100) await words.emit('b')
    if (n === 400) await words.emit('c')
    clock.advance(1)
    await turn()
  }
  for (let n = 0; n < 1000; n++) {
    clock.advance(1)
    await turn()
  }
  assert.deepEqual(
    chunks.filter(chunk => !chunk.includes('a')),
    ['1100 b', '1400 c'],
  )
  await words.dispose()
})

test('nothing of what an async iterator brought is kept', async () => {
  const marks: number[] = []
  async function* numbers(): AsyncGenerator<readonly number[]> {
    for (let n = 0; n <= 20_000; n++) {
      if (n === 10_000 || n === 20_000) marks.push(heapUsed())
      yield Array.from({ length: 100 }, () => n)
    }
  }
  await Stream.from(numbers())
    .map(row => row.length)
    .run()
  const [before = 0, after = 0] = marks
  assert.ok(after - before < KEPT_BYTES_AT_MOST, `${after - before} bytes more`)
})
