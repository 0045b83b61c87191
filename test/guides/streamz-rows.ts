/** What of streamz is what in Sluice: the operators. The outputs are those that streamz 0.6.5 gives, too. */

import assert from 'node:assert/strict'
import { literal, type ModuleFunction, moduleFunction, RefCounter, Stream, visualize } from 'sluice'

type Work = typeof import('../pool/programs/work.ts')

import { nothing, type Row, row, special } from './row.ts'

type Pair = readonly [number, number]
const TEXT: readonly string[] = ['a', 'b', 'a']

/** One element at a time. */
export const ONE_TO_ONE: readonly Row[] = [
  row(
    's.map(inc)',
    s => s.map(n => n + 1),
    { in: [1, 2], out: [2, 3] },
    'a promise is awaited; streamz passes the coroutine on',
  ),
  row(
    's.map(add, 10)',
    s => s.map(n => n + 10),
    { in: [1, 2], out: [11, 12] },
    'further arguments: a function around it',
  ),
  row(
    's.map_async(f, parallelism=2)',
    s => s.mapAsync(async n => n + 1, { concurrency: 2, onError: 'skip' }),
    { in: [1, 2], out: [2, 3] },
    'in the repository of streamz, not in the released 0.6.5. `concurrency` is exact, there it is one more; an error fails the element unless a policy says otherwise',
  ),
  row<Pair>(
    's.starmap(add)',
    s => s.starmap((a, b) => a + b),
    {
      in: [
        [1, 2],
        [3, 4],
      ],
      out: [3, 7],
    },
    'any array, not only tuples',
  ),
  row('s.filter(even)', s => s.filter(n => n % 2 === 0), { in: [1, 2, 3, 4], out: [2, 4] }),
  row('s.filter(None)', s => s.filter(n => Boolean(n)), { in: [0, 1, 2], out: [1, 2] }),
  row('s.remove(even)', s => s.remove(n => n % 2 === 0), { in: [1, 2, 3], out: [1, 3] }),
  row<readonly number[]>(
    's.flatten()',
    s => s.flatten(),
    { in: [[1, 2], [3]], out: [1, 2, 3] },
    '`concat`, too; an empty element gives nothing, where the released 0.6.5 fails',
  ),
  row<Pair>('s.pluck(0)', s => s.pluck(0), {
    in: [
      [1, 2],
      [3, 4],
    ],
    out: [1, 3],
  }),
  row<Pair>('s.pluck([1, 0])', s => s.pluck([1, 0]), { in: [[1, 2]], out: [[2, 1]] }),
]

/** Sequences. */
export const SEQUENCES: readonly Row[] = [
  row(
    's.accumulate(add)',
    s => s.scan((a, b) => a + b),
    { in: [1, 2, 3], out: [1, 3, 6] },
    '`scan` in streamz, too',
  ),
  row('s.accumulate(add, start=10)', s => s.scan((a, b) => a + b, 10), { in: [1, 2], out: [11, 13] }),
  row('s.accumulate(add, start=10, with_state=True)', s => s.scan((a, b) => a + b, 10, { withState: true }), {
    in: [1],
    out: [[11, 11]],
  }),
  row(
    's.accumulate(lambda a, b: (b, b - a), start=0, returns_state=True)',
    s => s.mapWithState((a, b) => [b, b - a], 0),
    { in: [1, 3], out: [1, 2] },
  ),
  row<string>(
    's.frequencies()',
    s => s.frequencies().map(counts => Object.fromEntries(counts)),
    { in: TEXT, out: [{ a: 1 }, { a: 1, b: 1 }, { a: 2, b: 1 }] },
    'a `Map` each, as keys need not be texts',
  ),
  row(
    's.slice(1, 4)',
    s => s.slice(1, 4),
    { in: [0, 1, 2, 3, 4], out: [1, 2, 3] },
    'steps count from `start`; in streamz from 0. `end` 0 is 0, not “no end”',
  ),
  row(
    's.partition(2)',
    s => s.chunk(2),
    {
      in: [1, 2, 3, 4],
      out: [
        [1, 2],
        [3, 4],
      ],
    },
    'what is left comes at the end; streamz keeps it for ever',
  ),
  row('s.partition(3, timeout=0.05)', s => s.chunk(3, { timeout: '50ms' }), {
    in: [1, 2],
    out: [[1, 2]],
    thenMs: 60,
  }),
  row('s.partition(2, key=odd)', s => s.chunk(2, { key: n => n % 2 }), {
    in: [0, 1, 2, 3],
    out: [
      [0, 2],
      [1, 3],
    ],
  }),
  row(
    's.partition_unique(2)',
    s => s.chunkUnique(2),
    { in: [1, 1, 2], out: [[1, 2]] },
    'a dropped element lets its counter go',
  ),
  row("s.partition_unique(2, keep='last')", s => s.chunkUnique(2, { keep: 'last' }), {
    in: [1, 1, 2],
    out: [[1, 2]],
  }),
  row(
    's.sliding_window(2)',
    s => s.slidingWindow(2, { partial: true }),
    { in: [1, 2, 3], out: [[1], [1, 2], [2, 3]] },
    'full windows are the default here',
  ),
  row('s.sliding_window(2, return_partial=False)', s => s.slidingWindow(2), {
    in: [1, 2, 3],
    out: [
      [1, 2],
      [2, 3],
    ],
  }),
  row(
    's.unique()',
    s => s.unique(),
    { in: [1, 2, 1], out: [1, 2] },
    'what cannot be hashed in Python is compared by what it holds',
  ),
  row('s.unique(maxsize=1)', s => s.unique({ max: 1 }), { in: [1, 1, 2, 1], out: [1, 2, 1] }),
  row('s.unique(key=odd)', s => s.unique({ key: n => n % 2 }), { in: [1, 3, 2], out: [1, 2] }),
  special(
    'c = s.collect()',
    (s: Stream<number>) => s.collect(),
    async line => {
      const numbers = new Stream<number>()
      const collected = line(numbers)
      const seen = collected.toArray()
      for (const n of [1, 2]) await numbers.emit(n)
      await collected.flush()
      assert.deepEqual(seen, [[1, 2]])
    },
    '`flush()` gives a promise for what follows; the end flushes',
  ),
]

/** Time and pace. */
export const TIME: readonly Row[] = [
  row(
    's.timed_window(0.05)',
    s => s.timedWindow('50ms'),
    { in: [1, 2], out: [[1, 2], []], thenMs: 110 },
    'the first window ends after the interval, not at once; a slow sink does not stretch the interval',
  ),
  row(
    's.timed_window_unique(0.05)',
    s => s.timedWindowUnique('50ms', { empty: false }),
    { in: [1, 1, 2], out: [[1, 2]], thenMs: 60 },
    '`empty: false` leaves out intervals without elements',
  ),
  row(
    's.delay(0.05)',
    s => s.pace('50ms'),
    {
      in: [1, 2, 3],
      out: [
        [0, 1],
        [50, 2],
        [100, 3],
      ],
      moments: true,
    },
    'it paces: at most one element per interval, the first at once. `delay` here shifts each element',
  ),
  row(
    's.rate_limit(0.05)',
    s => s.rateLimit('50ms'),
    {
      in: [1, 2],
      out: [
        [0, 1],
        [50, 2],
      ],
      moments: true,
    },
    "budgets, too: `{ max: 5000, per: '1h' }`",
  ),
  row(
    's.buffer(10)',
    s => s.buffer(10),
    { in: [1, 2], out: [1, 2] },
    'goes on after a failure below; in streamz it is dead from then on',
  ),
  row(
    's.latest()',
    (s, clock) => s.latest().peek(() => clock.sleep(100)),
    { in: [1, 2, 3], out: [1, 3], thenMs: 300 },
    'the last element always gets there; in streamz it may not',
  ),
]

const two = (): readonly [Stream<number>, Stream<string>] => [new Stream<number>(), new Stream<string>()]

/** Plays a join of a stream of numbers and one of texts. */
function joins(input: readonly (number | string)[], out: readonly unknown[]): (line: Join) => Promise<void> {
  return async line => {
    const [a, b] = two()
    const seen = line(a, b).toArray()
    for (const value of input) {
      if (typeof value === 'number') await a.emit(value)
      else await b.emit(value)
    }
    assert.deepEqual(seen, out)
  }
}
type Join = (a: Stream<number>, b: Stream<string>) => Stream<unknown>

/** Joins. */
export const JOINS: readonly Row[] = [
  special(
    'a.union(b)',
    (a: Stream<number>, b: Stream<string>) => a.merge(b),
    joins([1, 'x', 2], [1, 'x', 2]),
  ),
  special(
    'a.zip(b)',
    (a: Stream<number>, b: Stream<string>) => a.zip(b),
    joins(
      [1, 'x', 'y', 2],
      [
        [1, 'x'],
        [2, 'y'],
      ],
    ),
    'one match lets one emitter go on; in streamz it wakes all',
  ),
  special(
    'zip(a, 5, b)',
    (a: Stream<number>, b: Stream<string>) => a.zip(literal(5), b),
    joins([1, 'x'], [[1, 5, 'x']]),
    '`Stream.zip([literal(5), a])` where the constant comes first',
  ),
  special(
    'a.zip(b, maxsize=2)',
    (a: Stream<number>, b: Stream<string>) => a.zip([b], { maxSize: 2 }),
    joins([1, 'x'], [[1, 'x']]),
  ),
  special(
    'a.combine_latest(b)',
    (a: Stream<number>, b: Stream<string>) => a.combineLatest(b),
    joins(
      [1, 2, 'x', 3, 'y'],
      [
        [2, 'x'],
        [3, 'x'],
        [3, 'y'],
      ],
    ),
    'disconnecting an input, and the same stream twice, work',
  ),
  special(
    'a.combine_latest(b, emit_on=a)',
    (a: Stream<number>, b: Stream<string>) => a.combineLatest([b], { emitOn: a }),
    joins(
      [1, 'x', 2, 3, 'y', 4],
      [
        [2, 'x'],
        [3, 'x'],
        [4, 'y'],
      ],
    ),
  ),
  special(
    'a.zip_latest(b)',
    (a: Stream<number>, b: Stream<string>) => a.zipLatest(b),
    joins(
      [1, 2, 'x', 'y', 3],
      [
        [1, 'x'],
        [2, 'x'],
        [3, 'y'],
      ],
    ),
  ),
]

/** Building and emitting. */
export const REST: readonly Row[] = [
  special(
    "s = Stream(stream_name='s')",
    () => new Stream<number>({ name: 's' }),
    async line => {
      assert.match(visualize(line()), /^s\n/)
    },
    'no loop, no `asynchronous`: one kind of stream',
  ),
  special(
    's.emit(1)',
    (s: Stream<number>) => s.emit(1),
    async line => {
      const s = new Stream<number>()
      const seen = s.toArray()
      assert.equal(line(s), undefined)
      assert.deepEqual(seen, [1])
    },
    'a promise only if something is under way; an async sink is always awaited',
  ),
  special(
    's.emit(1, metadata=[{"ref": RefCounter(cb=done)}])',
    (s: Stream<number>, done: () => void) => s.emit(1, { ref: new RefCounter(done) }),
    async line => {
      let calls = 0
      await line(new Stream<number>(), () => calls++)
      assert.equal(calls, 1)
    },
    'called once, after the sink’s promise; in streamz also early, twice or never',
  ),
  special(
    's.sink(print)',
    (s: Stream<number>) => s.sink(n => console.log(n)),
    async line => {
      line(new Stream<number>())
    },
    '`s.map(print)` alone works, too: nothing is collected behind your back',
  ),
  special(
    'a.connect(b)',
    (a: Stream<number>, b: Stream<number>) => a.connect(b),
    async line => {
      const [a, b] = [new Stream<number>(), new Stream<number>()]
      const seen = b.toArray()
      line(a, b)
      await a.emit(1)
      assert.deepEqual(seen, [1])
    },
    'loops need no recursion depth',
  ),
  special(
    'a.disconnect(b)',
    (a: Stream<number>, b: Stream<number>) => a.disconnect(b),
    async line => {
      const a = new Stream<number>()
      const b = a.map(n => n)
      const seen = b.toArray()
      line(a, b)
      await a.emit(1)
      assert.deepEqual(seen, [])
    },
  ),
  special(
    's.destroy()',
    (s: Stream<number>) => s.detach(),
    async line => {
      const a = new Stream<number>()
      const s = a.map(n => n)
      const seen = s.toArray()
      line(s)
      await a.emit(1)
      assert.deepEqual(seen, [])
    },
    '`dispose()` tears the whole graph down, timers and sources included',
  ),
  special(
    's.start()',
    (s: Stream<number>) => s.run(),
    async line => {
      const s = Stream.from([1])
      const seen = s.toArray()
      await line(s)
      assert.deepEqual(seen, [1])
    },
    'a promise for the end; rejects when the source fails',
  ),
  special(
    's.stop()',
    (s: Stream<number>) => s.stop(),
    async line => {
      await line(Stream.from([1]))
    },
    'waits until the source has stopped',
  ),
  special(
    "s.visualize('s.svg')",
    (s: Stream<number>) => visualize(s, { format: 'svg' }),
    async line => {
      assert.match(line(new Stream<number>()), /^<svg/)
    },
    'also as text and Mermaid; nothing to install',
  ),
  special(
    's.scatter().map(f).gather()',
    (s: Stream<number>, f: ModuleFunction<readonly [number], number>) =>
      s.scatter({ workers: 2 }).map(f).gather(),
    async line => {
      const square = moduleFunction<Work['square']>(
        new URL('../pool/programs/work.ts', import.meta.url),
        'square',
      )
      await using s = Stream.from([2, 3])
      const seen = line(s, square).toArray()
      await s.run()
      assert.deepEqual(seen, [4, 9])
    },
    'threads or processes instead of Dask; `f` is a `moduleFunction`. Parallel without a `buffer` before `gather`; also `starmap`, `filter`, `scan`',
  ),
  nothing(
    'Stream.register_api()',
    'an operator [of your own](own-operators.md) is a function from a stream to a stream',
  ),
  nothing(
    's.to_batch(), s.to_dataframe()',
    'no collections: windows and running aggregates work on elements',
  ),
]
