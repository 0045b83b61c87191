/** A law for each operator, on random elements at random times, by a clock that the test moves. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { ManualClock, Stream } from '../../src/index.ts'
import { turn } from '../live/turns.ts'
import { propertyOptions } from './seed.ts'

const RUNS = 200
const TIMED_RUNS = 40
const STEP_MS = 5
const MOST_STEPS = 20_000

const numbers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 })
/** Elements, each with the time that passes before it. */
const timed = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 5, 10, 35, 120), fc.nat(9)), { maxLength: 25 })
/** Elements of two streams in the order in which they come. */
const twoStreams = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(99)), { maxLength: 40 })

type Define<T> = (stream: Stream<number>, clock: ManualClock) => Stream<T>

function through<T>(define: Define<T>, given: readonly number[]): readonly T[] {
  const clock = new ManualClock()
  const stream = new Stream<number>({ clock })
  const seen = define(stream, clock).toArray()
  for (const n of given) void stream.emit(n)
  void stream.end()
  return seen
}

interface Seen<T> {
  readonly at: number
  readonly value: T
}

/** What comes out, and when; emits do not wait for each other. */
async function throughTime<T>(
  define: Define<T>,
  given: readonly (readonly [pauseMs: number, value: number])[],
): Promise<readonly Seen<T>[]> {
  const clock = new ManualClock()
  const stream = new Stream<number>({ clock })
  const seen: Seen<T>[] = []
  define(stream, clock).sink(value => {
    seen.push({ at: clock.monotonic(), value })
  })
  for (const [pauseMs, value] of given) {
    for (let passed = 0; passed < pauseMs; passed += STEP_MS) {
      clock.advance(STEP_MS)
      await turn()
    }
    void stream.emit(value)
  }
  let isOver = false
  void Promise.resolve(stream.end()).then(() => {
    isOver = true
  })
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    await turn()
    if (isOver) break
    clock.advance(STEP_MS)
  }
  assert.ok(isOver, 'the end does not come')
  await stream.dispose()
  return seen
}

test('map with the identity changes nothing, filter and remove share everything between them', t => {
  fc.assert(
    fc.property(numbers, given => {
      assert.deepEqual(
        through(s => s.map(n => n), given),
        given,
      )
      const isKept = (n: number): boolean => n % 3 > 0
      const kept = through(s => s.filter(isKept), given)
      const removed = through(s => s.remove(isKept), given)
      assert.deepEqual(kept, given.filter(isKept))
      assert.deepEqual([...kept, ...removed].sort(ascending), [...given].sort(ascending))
    }),
    propertyOptions(t, RUNS),
  )
})

test('merge gives the same elements whatever the order and the grouping', t => {
  fc.assert(
    fc.property(numbers, given => {
      const parts = (s: Stream<number>): readonly [Stream<number>, Stream<number>, Stream<number>] => [
        s.filter(n => n % 3 === 0),
        s.map(n => n * 10),
        s.flatMap(n => [n, n]),
      ]
      const results = [
        (s: Stream<number>) => {
          const [a, b, c] = parts(s)
          return a.merge(b).merge(c)
        },
        (s: Stream<number>) => {
          const [a, b, c] = parts(s)
          return a.merge(b.merge(c))
        },
        (s: Stream<number>) => {
          const [a, b, c] = parts(s)
          return c.merge(a, b)
        },
      ].map(define => [...through(define, given)].sort(ascending))
      assert.deepEqual(results[1], results[0])
      assert.deepEqual(results[2], results[0])
    }),
    propertyOptions(t, RUNS),
  )
})

test('chunks that are flattened are the elements; sliding windows, unique, scan and reduce are what they say', t => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 6 }), (given, size) => {
      const chunks = through(s => s.chunk(size), given)
      assert.deepEqual(chunks.flat(), given)
      assert.ok(chunks.slice(0, -1).every(chunk => chunk.length === size))
      assert.deepEqual(
        through(s => s.slidingWindow(size), given),
        given.flatMap((_, end) => (end + 1 < size ? [] : [given.slice(end + 1 - size, end + 1)])),
      )
      assert.deepEqual(
        through(s => s.unique(), given),
        [...new Set(given)],
      )
      assert.deepEqual(
        through(s => s.unique({ max: 1 }), given),
        given.filter((n, index) => n !== given[index - 1]),
      )
      const sum = (a: number, b: number): number => a + b
      const sums = through(s => s.scan(sum, 0), given)
      assert.deepEqual(
        sums,
        given.map((_, last) => given.slice(0, last + 1).reduce(sum, 0)),
      )
      assert.deepEqual(
        through(s => s.reduce(sum, 0), given),
        [given.reduce(sum, 0)],
      )
      assert.deepEqual(
        through(s => s.skip(size), given),
        given.slice(size),
      )
      assert.deepEqual(
        through(s => s.take(size), given),
        given.slice(0, size),
      )
    }),
    propertyOptions(t, RUNS),
  )
})

test('zip pairs the i-th with the i-th; combineLatest and zipLatest are what a plain model gives', t => {
  fc.assert(
    fc.property(twoStreams, given => {
      const a = new Stream<number>()
      const b = new Stream<number>()
      const zipped = a.zip(b).toArray()
      const combined = a.combineLatest(b).toArray()
      const paired = a.zipLatest(b).toArray()
      const model = { combined: [] as number[][], paired: [] as number[][], waiting: [] as number[] }
      const latest: { a?: number; b?: number } = {}
      for (const [name, value] of given) {
        void (name === 'a' ? a : b).emit(value)
        latest[name] = value
        if (latest.a !== undefined && latest.b !== undefined) model.combined.push([latest.a, latest.b])
        if (name === 'a') model.waiting.push(value)
        if (latest.b === undefined) continue
        for (const lossless of model.waiting.splice(0)) model.paired.push([lossless, latest.b])
      }
      const of = (wanted: string): number[] =>
        given.flatMap(([name, value]) => (name === wanted ? [value] : []))
      const others = of('b')
      assert.deepEqual(
        zipped,
        of('a')
          .slice(0, others.length)
          .map((value, index) => [value, others[index]]),
      )
      assert.deepEqual(combined, model.combined)
      assert.deepEqual(paired, model.paired)
    }),
    propertyOptions(t, RUNS),
  )
})

const slowly: (clock: ManualClock) => (n: number) => Promise<number> = clock => async n => {
  await clock.sleep(n * 7)
  return n
}

for (const [name, define] of Object.entries<Define<number>>({
  buffer: (s, clock) => s.buffer(3).map(slowly(clock)),
  delay: s => s.delay(40),
  pace: s => s.pace(15),
  rateLimit: s => s.rateLimit({ max: 3, per: 50 }),
  mapAsync: (s, clock) => s.mapAsync(slowly(clock), { concurrency: 4 }),
  timedWindow: s => s.timedWindow(30).flatten(),
  'timedWindow before a slow step': (s, clock) => s.timedWindow(30).flatten().map(slowly(clock)),
  'chunk with a timeout': s => s.chunk(4, { timeout: 30 }).flatten(),
  zip: (s, clock) => s.zip(s.mapAsync(slowly(clock), { concurrency: 2 })).map(([n]) => n),
  'many of them': (s, clock) =>
    s.delay(10).buffer(2).mapAsync(slowly(clock), { concurrency: 3 }).pace(5).timedWindow(20).flatten(),
})) {
  test(`${name} loses nothing and keeps the order`, async t => {
    await fc.assert(
      fc.asyncProperty(timed, async given => {
        const seen = await throughTime(define, given)
        assert.deepEqual(
          seen.map(({ value }) => value),
          given.map(([, value]) => value),
        )
      }),
      propertyOptions(t, TIMED_RUNS),
    )
  })
}

test('latest delivers some of the elements in their order, the last one always', async t => {
  await fc.assert(
    fc.asyncProperty(timed, async given => {
      const stream: Define<number> = (s, clock) => s.latest().map(slowly(clock))
      const numbered = given.map(([pauseMs], number) => [pauseMs, number] as const)
      const seen = (await throughTime(stream, numbered)).map(({ value }) => value)
      assert.equal(seen.at(-1), numbered.at(-1)?.[1])
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      )
      assert.equal(new Set(seen).size, seen.length)
    }),
    propertyOptions(t, TIMED_RUNS),
  )
})

const budgets = fc.record({ max: fc.integer({ min: 1, max: 12 }), per: fc.constantFrom(20, 50, 105) })

test('rateLimit lets no more go on than the budget in any span, and nothing later than it need be', async t => {
  await fc.assert(
    fc.asyncProperty(
      timed,
      budgets,
      fc.boolean(),
      fc.boolean(),
      async (given, { max, per }, isBytes, isKeyed) => {
        const sizeOf = (n: number): number => (isBytes ? Math.min(n, max) : 1)
        const rate = isBytes ? { bytes: max, per, size: sizeOf } : { max, per }
        const seen = await throughTime(s => (isKeyed ? s.keyBy(n => n % 2) : s).rateLimit(rate), given)
        const keys = isKeyed ? [0, 1] : [undefined]
        for (const key of keys) {
          const isOf = (n: number): boolean => key === undefined || n % 2 === key
          const passed = seen.filter(({ value }) => isOf(value))
          let now = 0
          const came = given.flatMap(([pauseMs, value]) => {
            now += pauseMs
            return isOf(value) ? [{ at: now, value }] : []
          })
          assert.deepEqual(
            passed.map(({ value }) => value),
            came.map(({ value }) => value),
          )
          /** When each may go on at the earliest: after those before it, and within the budget. */
          const expected: { at: number; size: number }[] = []
          for (const { at, value } of came) {
            const size = sizeOf(value)
            let goesAt = Math.max(at, expected.at(-1)?.at ?? 0)
            for (;;) {
              const counted = expected.filter(other => other.at + per > goesAt)
              if (counted.reduce((sum, other) => sum + other.size, size) <= max) break
              goesAt = Math.min(...counted.map(other => other.at + per).filter(next => next > goesAt))
            }
            expected.push({ at: goesAt, size })
          }
          assert.deepEqual(
            passed.map(({ at }) => at),
            expected.map(({ at }) => at),
          )
        }
      },
    ),
    propertyOptions(t, TIMED_RUNS),
  )
})

test('a burst of a rateLimit is never larger than it says, and the whole budget holds too', async t => {
  await fc.assert(
    fc.asyncProperty(timed, fc.integer({ min: 1, max: 3 }), async (given, burst) => {
      const per = 100
      const max = 4
      const seen = await throughTime(s => s.rateLimit({ max, per, burst }), given)
      const most = (spanMs: number): number =>
        Math.max(
          0,
          ...seen.map(({ at }) => seen.filter(other => other.at >= at && other.at < at + spanMs).length),
        )
      assert.equal(seen.length, given.length)
      assert.ok(most(per) <= max)
      assert.ok(most((per * burst) / max) <= burst)
    }),
    propertyOptions(t, TIMED_RUNS),
  )
})

function ascending(a: number, b: number): number {
  return a - b
}
