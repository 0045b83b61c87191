/** Operators that depend on processing time, and those that stand between a producer and a slower consumer. */
import { describeValue, GraphError, wholeNumber } from '../errors.ts'
import { type Duration, positiveDurationMs } from '../time/index.ts'
import type { BaseStream, WithValue } from './base-stream.ts'
import { checkFunction, checkOptions } from './check-options.ts'
import type { Budget } from './kernels/budget.ts'
import { bufferKernel } from './kernels/buffer-kernel.ts'
import { collectKernel } from './kernels/collect-kernel.ts'
import { pacedKernel } from './kernels/paced-kernel.ts'
import { timedKernel } from './kernels/timed-kernel.ts'
import { livePort, type StepOptions } from './scope.ts'
import { SequenceStream, type UniqueChunkOptions, uniqueRules } from './sequence-stream.ts'
import type { Stream } from './stream.ts'

/** Options of `timedWindow`. */
export interface TimedWindowOptions extends StepOptions {
  /** Whether an interval in which nothing came gives an empty array; the default is true, on keyed streams never. */
  readonly empty?: boolean
}

/** A rate: one per interval, or a budget in any span of `per`. */
export type Rate<T> =
  | Duration
  | {
      /** How many elements. */
      readonly max: number
      readonly per: Duration
      /** How many may pass one right after the other; the default is `max`. */
      readonly burst?: number
    }
  | {
      /** How many bytes, as a number or such as `'10MB'`. */
      readonly bytes: number | string
      readonly per: Duration
      /** How many bytes an element counts. */
      readonly size: (value: T) => number
      readonly burst?: number | string
    }

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1000, KB: 1000, MB: 1_000_000, GB: 1_000_000_000 }

/** Operators of processing time. */
export abstract class PacedStream<out T> extends SequenceStream<T> {
  /**
   * Every `interval`, what has come since, as an array. While what was given out last is not done with,
   * nothing further is given out, and `emit` waits. What is left comes at the end.
   */
  timedWindow<S extends PacedStream<T>>(
    this: S,
    interval: Duration,
    options: TimedWindowOptions = {},
  ): WithValue<S, readonly T[]> {
    const { empty = true, ...rest } = options
    const intervalMs = positiveDurationMs(interval, 'timedWindow: interval')
    const factory = timedKernel({ intervalMs, empty, unique: undefined }, this.isKeyed)
    return this.behind(this.addKernel('timedWindow', factory, rest))
  }

  /** As `timedWindow`, of elements that differ. */
  timedWindowUnique<S extends PacedStream<T>>(
    this: S,
    interval: Duration,
    options: UniqueChunkOptions<T> & TimedWindowOptions = {},
  ): WithValue<S, readonly T[]> {
    const { empty = true, key, keep, ...rest } = options
    const intervalMs = positiveDurationMs(interval, 'timedWindowUnique: interval')
    const unique = uniqueRules('timedWindowUnique', key, keep)
    const factory = timedKernel({ intervalMs, empty, unique }, this.isKeyed)
    return this.behind(this.addKernel('timedWindowUnique', factory, rest))
  }

  /** Lets each element go on `duration` after it came. `emit` does not wait for that. */
  delay<S extends PacedStream<T>>(this: S, duration: Duration, options: StepOptions = {}): WithValue<S, T> {
    const rules = {
      name: 'delay',
      delayMs: positiveDurationMs(duration, 'delay: duration'),
      budgets: [],
      sizeOf: one,
      holdsBack: false,
    }
    return this.behind(this.addKernel('delay', pacedKernel(rules, this.isKeyed), options))
  }

  /** Lets one element go on per `interval`, the first at once. `emit` does not wait for that: see `rateLimit`. */
  pace<S extends PacedStream<T>>(this: S, interval: Duration, options: StepOptions = {}): WithValue<S, T> {
    const perMs = positiveDurationMs(interval, 'pace: interval')
    const rules = { name: 'pace', delayMs: 0, budgets: [{ max: 1, perMs }], sizeOf: one, holdsBack: false }
    return this.behind(this.addKernel('pace', pacedKernel(rules, this.isKeyed), options))
  }

  /**
   * Lets no more go on than `rate` allows: `'100ms'` is one per 100 ms; `{ max: 5000, per: '1h' }` is so
   * many in any hour, wherever it begins. `emit` waits for its element's turn. On a keyed stream each key
   * has a budget of its own. In an app, what was spent outlives a restart.
   */
  rateLimit<S extends PacedStream<T>>(this: S, rate: Rate<T>, options: StepOptions = {}): WithValue<S, T> {
    const { budgets, sizeOf } = budgetsOf(rate)
    const rules = { name: 'rateLimit', delayMs: 0, budgets, sizeOf, holdsBack: true }
    return this.behind(this.addKernel('rateLimit', pacedKernel(rules, this.isKeyed), options))
  }

  /**
   * Lets the producers of a live stream run ahead of what is below: `emit` waits only while `capacity`
   * elements wait here. What fails below is told to the graph's `onFailure`: nobody waits for it.
   */
  buffer<S extends PacedStream<T>>(this: S, capacity: number, options: StepOptions = {}): WithValue<S, T> {
    livePort(this.port, 'buffer', 'the topics of an app are its buffers; leave it out')
    const rules = {
      name: 'buffer',
      capacity: wholeNumber(capacity, 'buffer: capacity'),
      newestOnly: false,
    } as const
    return this.behind(this.addKernel('buffer', bufferKernel(rules), options))
  }

  /** Holds all elements of a live stream until `flush()` on what this gives, or the end. */
  collect(this: BaseStream<T>, options: StepOptions = {}): Stream<readonly T[]> {
    const stream = this as PacedStream<T>
    livePort(stream.port, 'collect', 'use chunk(), or a window')
    // A stream with this method is none of the small ones.
    return stream.plain(stream.addKernel('collect', collectKernel(), options)) as Stream<readonly T[]>
  }

  /** Keeps only the newest element while those below of a live stream are busy; the last one always gets there. */
  latest<S extends PacedStream<T>>(this: S, options: StepOptions = {}): WithValue<S, T> {
    livePort(this.port, 'latest', 'what it would leave out depends on how fast the app is')
    const rules = { name: 'latest', capacity: Number.POSITIVE_INFINITY, newestOnly: true } as const
    return this.behind(this.addKernel('latest', bufferKernel(rules), options))
  }
}

function one(): number {
  return 1
}

interface Limits {
  readonly budgets: readonly Budget[]
  readonly sizeOf: (value: unknown) => number
}

function budgetsOf<T>(rate: Rate<T>): Limits {
  if (typeof rate === 'string' || typeof rate === 'number') {
    return { budgets: [{ max: 1, perMs: positiveDurationMs(rate, 'rateLimit: interval') }], sizeOf: one }
  }
  if (typeof rate !== 'object' || rate === null) {
    const expected = 'an interval such as "100ms", or { max, per }'
    throw new GraphError('OPTION_INVALID', `rateLimit was given ${describeValue(rate)}; expected ${expected}`)
  }
  const countsElements = 'max' in rate
  checkOptions(
    rate,
    countsElements ? ['max', 'per', 'burst'] : ['bytes', 'per', 'size', 'burst'],
    'rateLimit',
  )
  const perMs = positiveDurationMs(rate.per, 'rateLimit: per')
  if (countsElements) {
    const max = wholeNumber(rate.max, 'rateLimit: max')
    return { budgets: withBurst({ max, perMs }, rate.burst), sizeOf: one }
  }
  checkFunction(rate.size, 'rateLimit: size')
  const budget = { max: bytesOf(rate.bytes, 'bytes'), perMs }
  const burst = rate.burst === undefined ? undefined : bytesOf(rate.burst, 'burst')
  return { budgets: withBurst(budget, burst), sizeOf: rate.size as (value: unknown) => number }
}

/** A burst is a budget of its own, in as long as it takes to earn it. */
function withBurst(budget: Budget, burst: number | undefined): readonly Budget[] {
  if (burst === undefined || burst === budget.max) return [budget]
  if (burst > 0 && burst < budget.max) {
    return [budget, { max: burst, perMs: (budget.perMs * burst) / budget.max }]
  }
  throw new GraphError(
    'OPTION_INVALID',
    `rateLimit: burst is ${describeValue(burst)}; expected a number above 0 and at most ${budget.max}, the whole budget`,
  )
}

function bytesOf(given: number | string, what: string): number {
  const match = typeof given === 'string' ? /^(\d+(?:\.\d+)?)\s*([kKMG]?B)$/.exec(given) : undefined
  const bytes = match ? Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1) : given
  if (typeof bytes === 'number' && bytes > 0 && bytes < Number.POSITIVE_INFINITY) return bytes
  throw new GraphError(
    'OPTION_INVALID',
    `rateLimit: ${what} is ${describeValue(given)}; expected a number of bytes, or text such as "500kB", "10MB"`,
  )
}
