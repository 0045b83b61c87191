/** One definition gives the same live, in an app, and in an app that crashes and is stopped. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { literal } from '../../src/index.ts'
import { type Definition, type Happening, runApp, runLive } from './one-definition.ts'

interface Case {
  readonly define: Definition
  /** What must be the same; by default everything. */
  readonly same?: (values: readonly unknown[]) => unknown
  /** Whether each key has a shard of its own, so that only the order within a key is the same. */
  readonly keyed?: boolean
}

const parity = (n: number): number => n % 2

const CASES: Readonly<Record<string, Case>> = {
  scan: { define: a => a.scan((sum, n) => sum + n, 0) },
  'scan from the first': { define: a => a.scan((sum, n) => sum + n) },
  'scan with state': { define: a => a.scan((sum, n) => sum + n, 0, { withState: true }) },
  mapWithState: { define: a => a.mapWithState((sum: number, n) => [sum + n, sum * n], 1) },
  frequencies: {
    define: a =>
      a
        .map(parity)
        .frequencies()
        .map(counts => [...counts]),
  },
  reduce: { define: a => a.reduce((sum, n) => sum + n) },
  'reduce with start': { define: a => a.reduce((all, n) => all.concat(n), [] as number[]) },
  slice: { define: a => a.slice(1, 9, { step: 2 }) },
  take: { define: a => a.take(3) },
  skip: { define: a => a.skip(3) },
  chunk: { define: a => a.chunk(3) },
  'chunk with timeout': { define: a => a.chunk(3, { timeout: '3s' }) },
  'chunk by key': { define: a => a.chunk(2, { key: parity, timeout: '3s' }) },
  chunkUnique: { define: a => a.chunkUnique(3, { key: n => n % 4 }) },
  'chunkUnique, the last': { define: a => a.chunkUnique(3, { key: n => n % 4, keep: 'last' }) },
  slidingWindow: { define: a => a.slidingWindow(3) },
  'slidingWindow, partial': { define: a => a.slidingWindow(3, { partial: true }) },
  unique: { define: a => a.unique({ key: n => n % 5 }) },
  'unique of the last two': { define: a => a.unique({ key: n => n % 3, max: 2 }) },
  // Where time is cut depends on when the app was started.
  timedWindow: { define: a => a.timedWindow('2s'), same: values => values.flat() },
  'timedWindow without empty ones': {
    define: a => a.timedWindow('2s', { empty: false }),
    same: values => values.flat(),
  },
  timedWindowUnique: {
    define: a => a.timedWindowUnique('2s', { empty: false }),
    same: values => values.flat(),
  },
  delay: { define: a => a.delay('2500ms') },
  pace: { define: a => a.pace('2s') },
  rateLimit: { define: a => a.rateLimit({ max: 2, per: '4s' }) },
  'rateLimit of bytes': { define: a => a.rateLimit({ bytes: 20, per: '4s', size: n => n }) },
  zip: { define: (a, b) => a.zip(b) },
  'zip with a literal': { define: (a, b) => a.zip(literal('x'), b) },
  combineLatest: { define: (a, b) => a.combineLatest(b) },
  'combineLatest on the first': { define: (a, b) => a.combineLatest([b], { emitOn: a }) },
  zipLatest: { define: (a, b) => a.zipLatest(b) },
  'two in a row': {
    define: a =>
      a
        .chunk(2)
        .slidingWindow(2)
        .scan((all, rows) => all + rows.length, 0),
  },
}

const KEYED: Readonly<Record<string, Case>> = {
  scan: { define: a => a.keyBy(parity).scan((all, n) => [...all, n], [] as readonly number[]) },
  mapWithState: { define: a => a.keyBy(parity).mapWithState((sum: number, n) => [sum + n, [n, sum]], 0) },
  frequencies: {
    define: a =>
      a
        .keyBy(parity)
        .frequencies()
        .map(counts => [...counts]),
  },
  reduce: { define: a => a.keyBy(parity).reduce((sum, n) => sum + n) },
  slice: { define: a => a.keyBy(parity).slice(1, 4) },
  take: { define: a => a.keyBy(parity).take(2) },
  skip: { define: a => a.keyBy(parity).skip(2) },
  chunk: { define: a => a.keyBy(parity).chunk(2) },
  'chunk with timeout': { define: a => a.keyBy(parity).chunk(3, { timeout: '3s' }) },
  chunkUnique: { define: a => a.keyBy(parity).chunkUnique(2, { key: n => n % 3 }) },
  slidingWindow: { define: a => a.keyBy(parity).slidingWindow(2) },
  unique: { define: a => a.keyBy(parity).unique({ key: n => n % 3, max: 1 }) },
  timedWindow: { define: a => a.keyBy(parity).timedWindow('2s').flatten() },
  timedWindowUnique: { define: a => a.keyBy(parity).timedWindowUnique('2s').flatten() },
  delay: { define: a => a.keyBy(parity).delay('2500ms') },
  pace: { define: a => a.keyBy(parity).pace('2s') },
  rateLimit: { define: a => a.keyBy(parity).rateLimit({ max: 1, per: '3s' }) },
  zip: { define: (a, b) => a.keyBy(parity).zip(b.keyBy(parity)) },
  combineLatest: { define: (a, b) => a.keyBy(parity).combineLatest(b.keyBy(parity)) },
  zipLatest: { define: (a, b) => a.keyBy(parity).zipLatest(b.keyBy(parity)) },
  'join within an interval': {
    define: (a, b) => a.keyBy(parity).join(b.keyBy(parity), { within: { before: '3s', after: '6s' } }),
  },
}

const el = (kind: 'a' | 'b', ...values: readonly number[]): readonly Happening[] =>
  values.map((value): Happening => ({ kind, value }))
const passes = (ms: number): Happening => ({ kind: 'pause', ms })

const CALM: readonly Happening[] = [
  ...el('a', 1, 2, 3, 4),
  ...el('b', 11, 12),
  passes(5000),
  ...el('a', 5, 6),
  ...el('b', 13, 14, 15, 16, 17, 18),
  passes(1000),
  ...el('a', 7, 8, 9, 9, 10, 11),
  passes(10_000),
  ...el('b', 19, 20, 21),
  ...el('a', 12),
]

/** The same elements and times, and behind everything a mishap: crashes and restarts take turns. */
const MISHAPS: readonly Happening[] = CALM.flatMap((each, number): readonly Happening[] => [
  each,
  number % 2 === 0 ? { kind: 'crash' } : { kind: 'stop', ms: 0 },
])

for (const [kind, cases] of [
  ['', CASES],
  ['keyed ', KEYED],
] as const) {
  for (const [name, { define, same = all }] of Object.entries<Case>(cases)) {
    const isKeyed = kind !== ''
    const view = (values: readonly unknown[]): unknown => (isKeyed ? perKey(values) : same(values))
    test(`${kind}${name}: an app gives what a live stream gives, also when it crashes and restarts`, async () => {
      const live = await runLive(define, CALM)
      assert.ok(live.length > 0)
      const shards = isKeyed ? 2 : 1
      assert.deepEqual(view(await runApp(define, CALM, { shards })), view(plain(live)))
      assert.deepEqual(view(await runApp(define, MISHAPS, { shards })), view(plain(live)), 'with mishaps')
    })
  }
}

function all(values: readonly unknown[]): unknown {
  return values
}

/** As JSON has it. */
function plain(values: readonly unknown[]): readonly unknown[] {
  return JSON.parse(JSON.stringify(values)) as readonly unknown[]
}

/** What concerns each key, in order; the key is that of the first number in a value. */
function perKey(values: readonly unknown[]): unknown {
  return Map.groupBy(values, value => Number(/\d+/.exec(JSON.stringify(value))?.[0]) % 2)
}
