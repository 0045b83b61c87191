/** What the pictures of the operators show. */
import type { ManualClock, Stream } from 'sluice'
import type { MarbleSpec } from './play.ts'

type Numbers = Stream<number>
type Texts = Stream<string>
type Build<I> = (input: I, clock: ManualClock) => Stream<unknown>

/** All pictures, by family. */
export const SPECS: readonly MarbleSpec[] = [
  // One element at a time
  one('map', 'map(n => n * 10)', '1 2 3 |', (s: Numbers) => s.map(n => n * 10)),
  one('map-error', 'map(n => { if (n === 2) throw … })', '1 2 3 |', (s: Numbers) =>
    s.map(n => {
      if (n === 2) throw new Error('two')
      return n
    }),
  ),
  one('filter', 'filter(n => n % 2 === 0)', '1 2 3 4 |', (s: Numbers) => s.filter(n => n % 2 === 0)),
  one('remove', 'remove(n => n % 2 === 0)', '1 2 3 4 |', (s: Numbers) => s.remove(n => n % 2 === 0)),
  one('flat-map', 'flatMap(n => [n, -n])', '1 . 2 . |', (s: Numbers) => s.flatMap(n => [n, -n])),
  timed('map-async', 'mapAsync(load, { concurrency: 2 })', ['a b c . . . . . |', 10], (s: Texts, clock) =>
    s.mapAsync(load(clock), { concurrency: 2 }),
  ),
  timed(
    'map-async-unordered',
    "mapAsync(load, { concurrency: 2, order: 'none' })",
    ['a b c . . . . . |', 10],
    (s: Texts, clock) => s.mapAsync(load(clock), { concurrency: 2, order: 'none' }),
  ),
  one('flatten', 'flatten()', 'abc . . de . |', (s: Texts) => s.map(text => text.split('')).flatten()),

  // Sequences
  one('scan', 'scan((sum, n) => sum + n, 0)', '1 2 3 4 |', (s: Numbers) => s.scan((sum, n) => sum + n, 0)),
  one('map-with-state', 'mapWithState((last, n) => [n, n - last], 0)', '1 3 4 9 |', (s: Numbers) =>
    s.mapWithState((last, n) => [n, n - last], 0),
  ),
  one('reduce', 'reduce((sum, n) => sum + n)', '1 2 3 4 |', (s: Numbers) => s.reduce((sum, n) => sum + n)),
  one('slice', 'slice(1, 5, { step: 2 })', '0 1 2 3 4 5 |', (s: Numbers) => s.slice(1, 5, { step: 2 })),
  one('take', 'take(2)', '1 2 3 4', (s: Numbers) => s.take(2)),
  one('skip', 'skip(2)', '1 2 3 4 |', (s: Numbers) => s.skip(2)),
  one('chunk', 'chunk(2)', '1 2 3 4 5 . |', (s: Numbers) => s.chunk(2)),
  timed('chunk-timeout', "chunk(3, { timeout: '200ms' })", ['1 2 3 4 5 . . |', 9], (s: Numbers) =>
    s.chunk(3, { timeout: '200ms' }),
  ),
  one('chunk-unique', 'chunkUnique(3)', '1 2 1 3 1 3 2 |', (s: Numbers) => s.chunkUnique(3)),
  one('chunk-unique-last', "chunkUnique(3, { keep: 'last' })", '1 2 1 3 1 3 2 |', (s: Numbers) =>
    s.chunkUnique(3, { keep: 'last' }),
  ),
  one('sliding-window', 'slidingWindow(2)', '1 . 2 . 3 . |', (s: Numbers) => s.slidingWindow(2)),
  one('unique', 'unique()', '1 2 1 3 2 1 |', (s: Numbers) => s.unique()),
  one('unique-max', 'unique({ max: 1 })', '1 1 2 2 1 |', (s: Numbers) => s.unique({ max: 1 })),
  one('collect', 'collect()', '1 2 ! . . 3 |', (s: Numbers) => s.collect()),

  // Time
  timed('timed-window', "timedWindow('300ms')", ['. 1 2 . . . . 3 . 4 |', 12], (s: Numbers) =>
    s.timedWindow('300ms'),
  ),
  timed('timed-window-unique', "timedWindowUnique('300ms')", ['. 1 1 . 2 1 1 |', 10], (s: Numbers) =>
    s.timedWindowUnique('300ms'),
  ),
  timed('delay', "delay('200ms')", ['1 2 . 3 |', 8], (s: Numbers) => s.delay('200ms')),
  timed('pace', "pace('200ms')", ['1 2 3 . . . . |', 9], (s: Numbers) => s.pace('200ms')),
  timed('rate-limit', "rateLimit({ max: 2, per: '300ms' })", ['1 2 3 4 5 . . . |', 10], (s: Numbers) =>
    s.rateLimit({ max: 2, per: '300ms' }),
  ),
  timed('buffer', 'buffer(10), then 200 ms of work', ['1,2,3 . . . . . |', 10], (s: Numbers, clock) =>
    slow(s.buffer(10), clock),
  ),
  timed('latest', 'latest(), then 300 ms of work', ['1 2 3 4 . . . . |', 10], (s: Numbers, clock) =>
    slow(s.latest(), clock, 300),
  ),

  // Joins
  two('merge', 'merge', ['1 . 2 . 3 |', '. a . b . . |'], (a, b) => a.merge(b)),
  two('zip', 'zip', ['1 2 . . 3 |', '. . a b . c |'], (a, b) => a.zip(b)),
  two('combine-latest', 'combineLatest', ['1 2 . . . 3 |', '. . . a . . b |'], (a, b) => a.combineLatest(b)),
  two(
    'combine-latest-emit-on',
    'combineLatest, { emitOn: 0 }',
    ['1 2 . . . 3 |', '. . . a . . b |'],
    (a, b) => a.combineLatest([b], { emitOn: 0 }),
  ),
  two('zip-latest', 'zipLatest', ['1 2 . . . . 3 |', '. . . a . b |'], (a, b) => a.zipLatest(b)),
  {
    ...two(
      'join-within',
      "join, { within: { after: '200ms' } }",
      ['a . . . b . . c . . . |', '. x y . . . . . z . . |'],
      (left, right) =>
        byClock(left)
          .join(byClock(right), { within: { after: '200ms' } })
          .map(row => pair(row.left, row.right)),
    ),
    timed: true,
  },
  two(
    'join-as-of',
    "join, { asOf: true, how: 'left' }",
    ['a1 . b4 . . . c9 |', '. x2 . . y6 z3 . . w9 |'],
    (left, right) =>
      bySecond(left)
        .join(bySecond(right), { asOf: true, how: 'left' })
        .map(row => pair(row.left, row.right)),
  ),

  // Tables
  one('table', 'keyBy(…).running({ retract: true }).count().toChangelog()', 'a . b . a . b |', (s: Texts) =>
    s
      .keyBy(text => text)
      .running({ retract: true })
      .count()
      .toChangelog()
      .map(({ before, after }) => `${counted(before)} → ${counted(after)}`),
  ),
]

/** Elements that happen when they come, all of one key. */
function byClock(stream: Stream<unknown>) {
  return stream.processingTime().keyBy(() => 'all')
}

/** Elements that happen at the second that their text names, all of one key, up to three seconds out of order. */
function bySecond(stream: Stream<unknown>) {
  return stream
    .eventTime(text => Number(String(text).slice(1)) * 1000, { outOfOrder: '3s' })
    .keyBy(() => 'all')
}

function pair(left: unknown, right: unknown): string {
  return `${String(left)} ${String(right ?? '∅')}`
}

function counted(row: { readonly key: string; readonly value: number } | null): string {
  return row === null ? '∅' : `${row.key}:${row.value}`
}

const LOAD_MS: Readonly<Record<string, number>> = { a: 300, b: 100, c: 200 }

function load(clock: ManualClock): (text: string) => Promise<string> {
  return async text => {
    await clock.sleep(LOAD_MS[text] ?? 0)
    return text.toUpperCase()
  }
}

function slow(stream: Numbers, clock: ManualClock, ms = 200): Numbers {
  return stream.map(async n => {
    await clock.sleep(ms)
    return n
  })
}

function one<I extends Stream<unknown>>(
  name: string,
  code: string,
  ...[input, build]: readonly [string, Build<I>]
): MarbleSpec {
  const slots = input.split(' ').length + 1
  // The text of the lane says what its elements are.
  return {
    name,
    code,
    inputs: [input],
    slots,
    build: ([stream], clock) => build(stream as unknown as I, clock),
  }
}

function timed<I extends Stream<unknown>>(
  name: string,
  code: string,
  ...[[input, slots], build]: readonly [readonly [string, number], Build<I>]
): MarbleSpec {
  return { ...one(name, code, input, build), slots, timed: true }
}

function two(
  name: string,
  code: string,
  ...[inputs, build]: readonly [
    readonly [string, string],
    (one: Stream<unknown>, other: Stream<unknown>) => Stream<unknown>,
  ]
): MarbleSpec {
  const slots = Math.max(...inputs.map(input => input.split(' ').length)) + 1
  const onTwo: MarbleSpec['build'] = ([first, second]) => {
    if (first === undefined || second === undefined) throw new Error(`${name} needs two inputs`)
    return build(first, second)
  }
  return { name, code, inputs, slots, build: onTwo }
}
