/** Random programs with random input, crashes and numbers of workers, as data. */
import fc from 'fast-check'
import type { CrashPoint } from '../../src/testing/index.ts'

/** A reading as the scenarios feed it. */
export interface Reading {
  readonly id: number
  readonly key: string
  readonly time: number
  readonly value: number
}

/** How the program is put together. */
export interface Shape {
  readonly partitions: readonly [number, number]
  readonly shards: number | undefined
  /** How keys are found: the first two leave the exchange out where the shards allow it. */
  readonly keying: 'keyedField' | 'keyedRecord' | 'field' | 'function'
  /** Whether the late stream is connected; if not, elements are aggregated before the exchange. */
  readonly late: boolean
  readonly merged: boolean
  readonly before: 'nothing' | 'filter' | 'map' | 'flatMap'
  readonly behind: 'nothing' | 'filter' | 'map' | 'flatMap' | 'mapAsync' | 'mapAsyncUnordered' | 'promise'
  readonly chained: boolean
  readonly boundMs: number
  readonly sizeMs: number
}

/** A stretch of input, and then a run. */
export interface Phase {
  /** Batches of readings; which of the two topics, and its records. */
  readonly batches: readonly { readonly topic: 0 | 1; readonly readings: readonly RawReading[] }[]
  readonly workers: number
  readonly crash: CrashPoint | undefined
  /** Runs live and is killed where it stands, instead of running until it has caught up. */
  readonly live: boolean
}

/** A reading before it has a time: times drift forward as readings are made. */
export interface RawReading {
  readonly key: number
  readonly partition: number
  readonly stepMs: number
  readonly delayMs: number
  readonly value: number
}

/** A program, its input and what happens to it. */
export interface Scenario {
  readonly shape: Shape
  readonly phases: readonly Phase[]
  readonly drains: readonly { readonly workers: number; readonly crash: CrashPoint | undefined }[]
  readonly seed: number
}

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
})

const crash: fc.Arbitrary<CrashPoint | undefined> = fc.option(
  fc
    .record({
      moment: fc.constantFrom('record', 'beforeCommit', 'afterCommit', 'whileRestoring'),
      number: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 25 })),
      worker: fc.option(fc.nat(2), { nil: undefined }),
    })
    .map(({ worker, ...point }) => (worker === undefined ? point : { ...point, worker })),
  { nil: undefined },
)

const shape: fc.Arbitrary<Shape> = fc.record({
  partitions: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
  shards: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  keying: fc.constantFrom('keyedField', 'keyedRecord', 'field', 'function'),
  late: fc.boolean(),
  merged: fc.boolean(),
  before: fc.constantFrom('nothing', 'filter', 'map', 'flatMap'),
  behind: fc.constantFrom('nothing', 'filter', 'map', 'flatMap', 'mapAsync', 'mapAsyncUnordered', 'promise'),
  chained: fc.boolean(),
  boundMs: fc.constantFrom(0, 5, 30),
  sizeMs: fc.constantFrom(10, 25, 70),
})

const phase: fc.Arbitrary<Phase> = fc.record({
  batches: fc.array(
    fc.record({
      topic: fc.constantFrom<0 | 1>(0, 1),
      readings: fc.array(reading, { minLength: 1, maxLength: 14 }),
    }),
    { maxLength: 4 },
  ),
  workers: fc.integer({ min: 1, max: 3 }),
  crash,
  live: fc.boolean(),
})

/** Random scenarios. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  shape,
  phases: fc.array(phase, { minLength: 1, maxLength: 5 }),
  drains: fc.array(fc.record({ workers: fc.integer({ min: 1, max: 3 }), crash }), { maxLength: 2 }),
  seed: fc.nat(),
})
