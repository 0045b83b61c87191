/** What of RxJS is what in Sluice. Both sides are run, on the same input, and must give the same. */
import assert from 'node:assert/strict'
import * as rx from 'rxjs'
import {
  bufferCount,
  bufferTime,
  catchError,
  combineLatestWith,
  concatMap,
  count,
  delay,
  distinct,
  distinctUntilChanged,
  EMPTY,
  elementAt,
  expand,
  filter,
  first,
  from,
  groupBy,
  ignoreElements,
  last,
  map,
  max,
  mergeAll,
  mergeMap,
  mergeWith,
  type Observable,
  of,
  pairwise,
  reduce,
  sampleTime,
  scan,
  skip,
  take,
  tap,
  timer,
  toArray,
  withLatestFrom,
  zipWith,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { fromEvent, Stream } from 'sluice'
import { periodic } from '../../src/connectors/memory/index.ts'
import { codeOf, nothing, type Play, playLine, type Row, special } from './row.ts'

type Input<T> = Omit<Play<T>, 'out'>

/** What the Observable gives for what it is given, in the time of a test. */
function playRx<T>(
  line: (o: Observable<T>) => Observable<unknown>,
  { in: input, everyMs = 0, thenMs = 0, moments = false }: Input<T>,
): readonly unknown[] {
  const out: unknown[] = []
  const scheduler = new TestScheduler(() => {})
  scheduler.run(() => {
    const values = input.map((value, index) => timer(index * everyMs).pipe(map(() => value)))
    const end = timer(input.length * everyMs + thenMs).pipe(ignoreElements())
    line(rx.merge(...values, end)).subscribe(value => out.push(moments ? [scheduler.now(), value] : value))
  })
  return out
}

function both<T>(
  theirs: (o: Observable<T>) => Observable<unknown>,
  ours: (s: Stream<T>) => Stream<unknown>,
  ...[play, differs = '']: readonly [Input<T>, string?]
): Row {
  const test = async (): Promise<void> => {
    const expected = playRx(theirs, play)
    assert.deepEqual(await playLine(ours, { ...play, out: [] }), expected)
    assert.ok(expected.length > 0 || String(theirs).includes('ignoreElements'))
  }
  return { other: codeOf(theirs), ours: codeOf(ours), differs, test }
}

/** Joins: numbers go into the first input, texts into the second. */
function joined(
  theirs: (a: Observable<number>, b: Observable<string>) => Observable<unknown>,
  ours: (a: Stream<number>, b: Stream<string>) => Stream<unknown>,
  ...[input, differs = '']: readonly [readonly (number | string)[], string?]
): Row {
  const test = async (): Promise<void> => {
    const [a, b] = [new rx.Subject<number>(), new rx.Subject<string>()]
    const [c, d] = [new Stream<number>(), new Stream<string>()]
    const expected: unknown[] = []
    theirs(a, b).subscribe(value => expected.push(value))
    const seen = ours(c, d).toArray()
    for (const value of input) {
      if (typeof value === 'number') {
        a.next(value)
        await c.emit(value)
      } else {
        b.next(value)
        await d.emit(value)
      }
    }
    assert.deepEqual(seen, expected)
    assert.ok(expected.length > 0)
  }
  return { other: codeOf(theirs), ours: codeOf(ours), differs, test }
}

const FEW: Input<number> = { in: [1, 2, 3, 4] }
const REPEATED: Input<number> = { in: [1, 1, 2, 1] }

/** Operators on one stream. */
export const RX_OPERATORS: readonly Row[] = [
  both(
    o => o.pipe(map(n => n + 1)),
    s => s.map(n => n + 1),
    FEW,
    'a promise is awaited',
  ),
  both(
    o => o.pipe(filter(n => n % 2 === 0)),
    s => s.filter(n => n % 2 === 0),
    FEW,
  ),
  both(
    o => o.pipe(ignoreElements()),
    s => s.filter(() => false),
    FEW,
  ),
  both(
    o => o.pipe(tap(n => Math.abs(n))),
    s => s.peek(n => Math.abs(n)),
    FEW,
  ),
  both(
    o => o.pipe(mergeMap(n => [n, -n])),
    s => s.flatMap(n => [n, -n]),
    FEW,
    'for iterables; for promises, see below',
  ),
  both<readonly number[]>(
    o => o.pipe(mergeAll()),
    s => s.flatten(),
    { in: [[1, 2], [3]] },
  ),
  both(
    o => o.pipe(concatMap(async n => n + 1)),
    s => s.map(async n => n + 1),
    FEW,
    'one call at a time, in order',
  ),
  both(
    o => o.pipe(mergeMap(async n => n + 1, 2)),
    s => s.mapAsync(async n => n + 1, { concurrency: 2, order: 'none' }),
    FEW,
    'in order by default; whoever emits waits',
  ),
  both(
    o =>
      o.pipe(
        groupBy(n => n % 2),
        mergeMap(group => group.pipe(concatMap(async n => n + 1))),
      ),
    s => s.keyBy(n => n % 2).mapAsync(async n => n + 1, { order: 'key', concurrency: 2 }),
    FEW,
    'one call at a time for each key; `capacity` says how many wait',
  ),
  both(
    o => o.pipe(scan((sum, n) => sum + n, 0)),
    s => s.scan((sum, n) => sum + n, 0),
    FEW,
  ),
  both(
    o => o.pipe(scan((sum: number, n: number) => sum + n)),
    s => s.scan((sum, n) => sum + n),
    FEW,
  ),
  both(
    o => o.pipe(reduce((sum, n) => sum + n, 0)),
    s => s.reduce((sum, n) => sum + n, 0),
    FEW,
  ),
  both(
    o => o.pipe(count()),
    s => s.reduce(sum => sum + 1, 0),
    FEW,
  ),
  both(
    o => o.pipe(max()),
    s => s.reduce((a, b) => Math.max(a, b)),
    FEW,
  ),
  both(
    o => o.pipe(last()),
    s => s.reduce((_, n) => n),
    FEW,
    'nothing is no error',
  ),
  both(
    o => o.pipe(toArray()),
    s => s.collect(),
    FEW,
    'nothing comes of nothing; `flush()` gives what there is so far',
  ),
  both(
    o => o.pipe(take(2)),
    s => s.take(2),
    FEW,
  ),
  both(
    o => o.pipe(first()),
    s => s.take(1),
    FEW,
    'nothing is no error',
  ),
  both(
    o => o.pipe(skip(2)),
    s => s.skip(2),
    FEW,
  ),
  both(
    o => o.pipe(elementAt(2)),
    s => s.slice(2, 3),
    FEW,
    'nothing is no error',
  ),
  both(
    o => o.pipe(distinct()),
    s => s.unique(),
    REPEATED,
    'arrays and objects by what they hold; `max` bounds the memory',
  ),
  both(
    o => o.pipe(distinct(n => n % 2)),
    s => s.unique({ key: n => n % 2 }),
    REPEATED,
  ),
  both(
    o => o.pipe(distinctUntilChanged()),
    s => s.unique({ max: 1 }),
    REPEATED,
  ),
  both(
    o => o.pipe(pairwise()),
    s => s.slidingWindow(2),
    FEW,
  ),
  both(
    o => o.pipe(bufferCount(3)),
    s => s.chunk(3),
    FEW,
    '`timeout` and `key`, too',
  ),
  both(
    o =>
      o.pipe(
        groupBy(n => n % 2),
        mergeMap(group => group.pipe(scan((a, b) => a + b))),
      ),
    s => s.keyBy(n => n % 2).scan((a, b) => a + b),
    FEW,
    'every operator on a keyed stream has a state per key',
  ),
  both(
    o => o.pipe(bufferTime(50)),
    s => s.timedWindow('50ms'),
    { in: [1, 2, 3, 4], everyMs: 20 },
    'a slow step below makes windows larger, it does not queue them; the last one is left out if empty',
  ),
  both(
    o => o.pipe(sampleTime(50)),
    s => s.timedWindow('50ms', { empty: false }).map(window => window.at(-1)),
    { in: [1, 2, 3], everyMs: 20, thenMs: 50 },
  ),
  both(
    o => o.pipe(delay(50)),
    s => s.delay('50ms'),
    { in: [1, 2], everyMs: 20, moments: true },
  ),
  both(
    o => o.pipe(concatMap((n, i) => timer(i === 0 ? 0 : 50).pipe(map(() => n)))),
    s => s.pace('50ms'),
    { in: [1, 2, 3], thenMs: 200, moments: true },
    'by the clock, so what comes late is not held up; `rateLimit` holds producers back',
  ),
  special(
    'o.pipe(expand(n => (n < 4 ? of(n + 1) : EMPTY)))',
    (s: Stream<number>) =>
      s
        .filter(n => n < 4)
        .map(n => n + 1)
        .connect(s),
    async line => {
      const expected = playRx<number>(o => o.pipe(expand(n => (n < 4 ? of(n + 1) : EMPTY))), { in: [1] })
      const s = new Stream<number>()
      const seen = s.toArray()
      line(s)
      await s.emit(1)
      assert.deepEqual(seen, expected)
    },
    'a loop is an edge',
  ),
  both<string>(
    o =>
      o.pipe(
        mergeMap(text =>
          of(text).pipe(
            map(t => BigInt(t)),
            catchError(() => EMPTY),
          ),
        ),
      ),
    s => s.map(text => BigInt(text), { onError: 'skip' }),
    { in: ['1', 'x', '2'] },
    'an error is that of its element: the stream goes on',
  ),
]

/** Operators on several. */
export const RX_JOINS: readonly Row[] = [
  joined(
    (a, b) => a.pipe(mergeWith(b)),
    (a, b) => a.merge(b),
    [1, 'x', 2],
  ),
  joined(
    (a, b) => a.pipe(zipWith(b)),
    (a, b) => a.zip(b),
    [1, 'x', 'y', 2],
    'whoever emits waits when too many wait for a partner',
  ),
  joined(
    (a, b) => a.pipe(combineLatestWith(b)),
    (a, b) => a.combineLatest(b),
    [1, 2, 'x', 3, 'y'],
  ),
  joined(
    (a, b) => a.pipe(withLatestFrom(b)),
    (a, b) => a.combineLatest([b], { emitOn: 0 }),
    [1, 'x', 2, 3, 'y'],
    '`zipLatest` keeps what comes before the first of the other',
  ),
]

/** Making, reading and sharing. */
export const RX_REST: readonly Row[] = [
  special(
    'new Subject()',
    () => new Stream<number>(),
    async line => {
      const s = line()
      const seen = s.toArray()
      await s.emit(1)
      assert.deepEqual(seen, [1])
    },
    '`next` is `emit`, `complete` is `end`',
  ),
  special(
    'from([1, 2])',
    () => Stream.from([1, 2]),
    async line => {
      const s = line()
      const seen = s.toArray()
      await s.run()
      assert.deepEqual(seen, [1, 2])
    },
    'runs once, for all that read it, when it is started',
  ),
  special(
    'lastValueFrom(o)',
    (s: Stream<number>) => s.run(),
    async line => {
      await line(Stream.from([1]))
    },
    'waits for the end; results are in a sink or `toArray()`',
  ),
  special(
    'o.subscribe(see)',
    (s: Stream<number>, see: (n: number) => void) => s.subscribe(see),
    async line => {
      const s = new Stream<number>()
      const seen: number[] = []
      line(s, n => seen.push(n)).unsubscribe()
      await s.emit(1)
      assert.deepEqual(seen, [])
    },
    '`sink` is waited for, an observer is not',
  ),
  special(
    'o.pipe(…) of an Observable',
    (o: Observable<number>) => Stream.from(o),
    async line => {
      const s = line(from([1]))
      const seen = s.toArray()
      await s.run()
      assert.deepEqual(seen, [1])
    },
    'an Observable cannot be held back: put `buffer` or `latest` behind it',
  ),
  special(
    'a stream for RxJS',
    (s: Stream<number>) => from(s),
    async line => {
      const s = new Stream<number>()
      const seen: number[] = []
      line(s).subscribe(n => seen.push(n))
      await s.emit(1)
      assert.deepEqual(seen, [1])
    },
  ),
  special(
    "fromEvent(target, 'tick')",
    (target: EventTarget) => Stream.from(fromEvent(target, 'tick')),
    async line => {
      const target = new EventTarget()
      const s = line(target)
      const seen = s.toArray()
      const running = s.run()
      target.dispatchEvent(new Event('tick'))
      await s.stop()
      await running
      assert.equal(seen.length, 1)
    },
  ),
  special(
    'interval(1000)',
    (f: () => number) => Stream.from(periodic(f, { every: '1s' })),
    async line => {
      const s = line(() => 7).take(1)
      const seen = s.toArray()
      await s.run()
      assert.deepEqual(seen, [7])
    },
    'the first at once',
  ),
  nothing('share(), publish()', 'not needed: every stream is shared'),
  nothing(
    'shareReplay(), BehaviorSubject, ReplaySubject',
    'who comes later sees what comes later; use a topic of an app for what must be read again',
  ),
  nothing(
    'switchMap, exhaustMap',
    'a call that has begun is finished; `latest().map(f)` leaves out what came meanwhile',
  ),
  nothing(
    'debounceTime, throttleTime',
    '`latest`, `timedWindow` and `rateLimit` say what happens to the rest',
  ),
  nothing(
    'retry(), catchError()',
    'the policies `retry`, `skip`, `deadLetter` of a step, for the element that failed',
  ),
  nothing(
    'observeOn(), subscribeOn()',
    'there are no schedulers: elements go through at once; a pool runs what is heavy',
  ),
]
