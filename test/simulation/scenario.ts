/** Random scenarios: a program, its input and what happens to it, all of it data that shrinks. */
import fc from 'fast-check'
import type { ElementOrder, JoinHow } from 'sluice'
import type { CrashMoment, CrashPoint, TestLimits } from 'sluice/testing'
import type { KeyBy, Policy } from './elements.ts'
import type { Happening, RawReading } from './happenings.ts'
import type { FoldName, InputTopic, JoinKind, RawOp, RawProgram, RawSource, WindowShape } from './program.ts'
import { scenarioText } from './text.ts'

/** A program, its input and what happens to it. */
export interface Scenario {
  readonly program: RawProgram
  readonly happenings: readonly Happening[]
  readonly limits: TestLimits
  /** Event times are multiplied by this: far apart, sources drift. */
  readonly scale: number
  /** Partitions become idle, and the input ends in the middle: then only laws hold. */
  readonly lawsOnly: boolean
}

const MAX_DECISIONS = 120

function often<T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  )
}

const policy = often<Policy>('none', 3, 'skip', 'deadLetter', 'retry', 'retryThenDeadLetter', 'failOnce')
const from = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(5) })
const workers = fc.integer({ min: 1, max: 3 })

const topic = (lawsOnly: boolean): fc.Arbitrary<InputTopic> =>
  fc.record({
    partitions: fc.integer({ min: lawsOnly ? 2 : 1, max: 4 }),
    keyed: fc.boolean(),
    declaredLater: often(false, 2, true),
    onError: fc.constantFrom('skip', 'deadLetter'),
  })

const op: fc.Arbitrary<RawOp> = fc.record({
  op: fc.constantFrom<RawOp['op'][]>(
    'window',
    'process',
    'window',
    'window',
    'keyBy',
    'keyBy',
    'running',
    'map',
    'filter',
    'flatMap',
    'peek',
    'mapPromise',
    'mapAsync',
    'mapAsync',
    'merge',
    'join',
    'join',
    'to',
  ),
  from,
  other: fc.nat(5),
  policy,
  concurrency: fc.integer({ min: 1, max: 4 }),
  order: fc.constantFrom<ElementOrder[]>('all', 'key', 'none'),
  by: fc.constantFrom<KeyBy[]>('field', 'function', 'record', 'group', 'tuple'),
  shape: often<WindowShape>('tumbling', 3, 'hopping', 'cumulate', 'session', 'around'),
  sizeMs: fc.constantFrom(10, 25, 70),
  offsetMs: fc.constantFrom(0, 0, 3),
  kind: fc.constantFrom<JoinKind[]>('within', 'asOf', 'cogroup'),
  how: fc.constantFrom<JoinHow[]>('inner', 'left', 'right', 'full', 'semi', 'anti'),
  fold: fc.constantFrom<FoldName[]>('sum', 'count', 'min', 'max', 'mean', 'reduce', 'collect', 'set', 'all'),
  late: fc.boolean(),
  partitions: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  keyed: fc.boolean(),
})

const source: fc.Arbitrary<RawSource> = fc.record({
  topic: fc.nat(1),
  other: fc.option(fc.nat(1), { nil: undefined, freq: 5 }),
  before: fc.array(op, { maxLength: 2 }),
  time: often<RawSource['time']>('event', 8, 'record', 'clock'),
  boundMs: fc.constantFrom(0, 5, 30),
  policy,
})

const program = (lawsOnly: boolean): fc.Arbitrary<RawProgram> =>
  fc.record({
    topics: fc.array(topic(lawsOnly), { minLength: 1, maxLength: 2 }),
    shards: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    sources: fc.array(source, { minLength: 1, maxLength: 2 }),
    ops: fc.array(op, { minLength: 1, maxLength: 6 }),
  })

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -1000, max: 1000 }) },
  { weight: 4, arbitrary: fc.integer({ min: -10_000, max: 10_000 }).map(n => n / 100) },
  { weight: 1, arbitrary: fc.double({ min: -1e200, max: 1e200, noNaN: true }) },
)

const reading: fc.Arbitrary<RawReading> = fc.record({
  key: fc.nat(6),
  partition: fc.nat(3),
  stepMs: fc.oneof(fc.nat(6), fc.nat(40)),
  delayMs: fc.oneof({ weight: 3, arbitrary: fc.nat(10) }, { weight: 1, arbitrary: fc.nat(150) }),
  value,
  broken: often(false, 20, true),
})

const point: fc.Arbitrary<CrashPoint> = fc
  .record({
    moment: fc.constantFrom<CrashMoment[]>('record', 'beforeCommit', 'afterCommit', 'whileRestoring', 'turn'),
    number: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 40 })),
    worker: fc.option(fc.nat(2), { nil: undefined }),
  })
  .map(({ worker, ...rest }) => (worker === undefined ? rest : { ...rest, worker }))

const schedule = fc.array(fc.nat(23), { maxLength: MAX_DECISIONS })

function happening(lawsOnly: boolean): fc.Arbitrary<Happening> {
  const one = <K extends Happening['kind']>(
    weight: number,
    kind: K,
    rest: {
      [F in Exclude<keyof Extract<Happening, { kind: K }>, 'kind'>]: fc.Arbitrary<
        Extract<Happening, { kind: K }>[F]
      >
    },
  ) => ({
    weight,
    arbitrary: fc.record({ kind: fc.constant(kind), ...rest }) as unknown as fc.Arbitrary<Happening>,
  })
  const readings = fc.array(reading, { minLength: 1, maxLength: 14 })
  const laws = lawsOnly ? 1 : 0
  return fc.oneof(
    one(10, 'feed', { topic: fc.nat(1), readings, settles: lawsOnly ? often(true, 4, false) : fc.boolean() }),
    one(5 - 4 * laws, 'run', { workers, schedule }),
    one(5, 'start', { workers, schedule }),
    one(laws, 'drain', { workers, schedule }),
    one(1 + 2 * laws, 'takeOver', { workers, schedule }),
    one(1, 'stop', {}),
    one(1, 'declare', {}),
    one(1, 'crash', {}),
    one(4 - 2 * laws, 'crashAt', { point }),
    one(2 + 6 * laws, 'pause', {
      ms: lawsOnly ? often(60, 3, 1, 20, 200, 3000) : fc.constantFrom(1, 60, 3000),
    }),
    one(1, 'jump', { ms: fc.constantFrom(-3_600_000, -20, 40, 3_600_000) }),
    one(1, 'refuse', { times: fc.integer({ min: 1, max: 3 }), reason: fc.constantFrom('full', 'away') }),
    one(1, 'slow', { times: fc.integer({ min: 1, max: 3 }), ms: fc.constantFrom(5, 300) }),
  )
}

/** Partitions become idle only while the app runs. */
const live: fc.Arbitrary<Happening[]> = fc
  .tuple(
    fc.record({ kind: fc.constant('start' as const), workers, schedule }),
    fc.array(happening(true), { minLength: 1, maxLength: 12 }),
  )
  .map(([start, happenings]) => [start, ...happenings])

function scenario(lawsOnly: boolean): fc.Arbitrary<Scenario> {
  return fc
    .record({
      program: program(lawsOnly),
      happenings: lawsOnly ? live : fc.array(happening(false), { minLength: 1, maxLength: 12 }),
      limits: fc.record({
        exchangeBytes: fc.constantFrom(64_000_000, 64_000_000, 300),
        snapshotAfterBytes: fc.constantFrom(4_000_000, 200),
      }),
      scale: fc.constantFrom(1, 1, 30_000),
      lawsOnly: fc.constant(lawsOnly),
    })
    .map(readable)
}

/** Random scenarios; a third of them with idle partitions and drains. */
export const scenarios: fc.Arbitrary<Scenario> = fc.oneof(
  { weight: 2, arbitrary: scenario(false) },
  { weight: 1, arbitrary: scenario(true) },
)

/** Lets fast-check print it as people read it. */
function readable(plain: Scenario): Scenario {
  Object.defineProperty(plain, fc.toStringMethod, { value: () => scenarioText(plain) })
  return plain
}
