/** Operators whose result depends on the elements before: per key on a keyed stream. */

import type { Key } from '../codec/index.ts'
import { describeValue, GraphError, wholeNumber } from '../errors.ts'
import type { PortRef } from '../graph/index.ts'
import { type Duration, positiveDurationMs } from '../time/index.ts'
import type { WithValue } from './base-stream.ts'
import { checkFunction } from './check-options.ts'
import { type ChunkRules, chunkKernel } from './kernels/chunk-kernel.ts'
import { reduceKernel } from './kernels/reduce-kernel.ts'
import { scanKernel } from './kernels/scan-kernel.ts'
import { sliceKernel } from './kernels/slice-kernel.ts'
import { slidingKernel } from './kernels/sliding-kernel.ts'
import { uniqueChunkKernel } from './kernels/unique-chunk-kernel.ts'
import { uniqueKernel } from './kernels/unique-kernel.ts'
import { LiveStream } from './live-stream.ts'
import { NATURES } from './natures.ts'
import type { StepOptions } from './scope.ts'
import type { Stream } from './stream.ts'

/** Options of `scan` and `mapWithState`. */
export interface ScanOptions extends StepOptions {
  /** Gives pairs of state and result. */
  readonly withState?: boolean
}

/** Options of `chunk`. */
export interface ChunkOptions<T> extends StepOptions {
  /** Gives each key chunks of its own; as `keyBy` before it, but what comes of it is a plain stream. */
  readonly key?: (value: T) => Key
  /** How long the first element of a chunk may wait; then what there is is given out. */
  readonly timeout?: Duration
}

/** Options of `chunkUnique` and `timedWindowUnique`. */
export interface UniqueChunkOptions<T> extends StepOptions {
  /** What makes elements the same; the element itself when not given. */
  readonly key?: (value: T) => unknown
  /** Which of several elements that are the same stays; the default is the first. The last one goes to the end. */
  readonly keep?: 'first' | 'last'
}

/** Options of `unique`. */
export interface UniqueOptions<T> extends StepOptions {
  /** What makes elements the same; the element itself when not given. */
  readonly key?: (value: T) => unknown
  /** How many different ones are remembered, those seen most recently; the default is all. */
  readonly max?: number
}

/** An array of as many elements as the number says, where the compiler knows it. */
export type Row<T, N extends number> = number extends N
  ? readonly T[]
  : N extends 1 | 2 | 3 | 4 | 5 | 6
    ? RowOf<T, N>
    : readonly T[]
type RowOf<T, N extends number, R extends readonly T[] = readonly []> = R['length'] extends N
  ? R
  : RowOf<T, N, readonly [...R, T]>

const identity = (value: unknown): unknown => value

/** Operators on sequences of elements. */
export abstract class SequenceStream<out T> extends LiveStream<T> {
  /**
   * Combines each element with the state before, and gives out the new state. Without `start` the first
   * element is the state, and is given out as it is. When `fn` throws, the state stays as it was.
   */
  scan<S extends SequenceStream<T>>(this: S, fn: (state: T, value: T) => T): WithValue<S, T>
  scan<A, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    fn: (state: A, value: T) => A,
    start: A,
    options: ScanOptions & { readonly withState: true },
  ): WithValue<S, readonly [state: A, result: A]>
  scan<A, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    fn: (state: A, value: T) => A,
    start: A | undefined,
    options?: ScanOptions,
  ): WithValue<S, A>
  scan<S extends SequenceStream<T>>(
    this: S,
    fn: (state: never, value: T) => unknown,
    start?: unknown,
    options: ScanOptions = {},
  ): WithValue<S, never> {
    return this.behind(this.addScan({ name: 'scan', fn, start, givesResult: false }, options))
  }

  /**
   * As `scan`, but `fn` gives a pair: the new state, and what is given out. Without `start` the first
   * element is the state, and is given out as it is.
   */
  mapWithState<A, U, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    fn: (state: A, value: T) => readonly [state: A, result: U],
    start: A,
    options: ScanOptions & { readonly withState: true },
  ): WithValue<S, readonly [state: A, result: U]>
  mapWithState<A, U, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    fn: (state: A, value: T) => readonly [state: A, result: U],
    start?: A,
    options?: ScanOptions,
  ): WithValue<S, U>
  mapWithState<S extends SequenceStream<T>>(
    this: S,
    fn: (state: never, value: T) => readonly unknown[],
    start?: unknown,
    options: ScanOptions = {},
  ): WithValue<S, never> {
    return this.behind(this.addScan({ name: 'mapWithState', fn, start, givesResult: true }, options))
  }

  /** How often each element has come so far, as a new Map for each element: costs as much as it holds. */
  frequencies<S extends SequenceStream<T>>(
    this: S,
    options: StepOptions = {},
  ): WithValue<S, ReadonlyMap<T, number>> {
    const logic = {
      name: 'frequencies',
      givesResult: false,
      withState: false,
      start: () => new Map<unknown, number>(),
      next: (state: unknown, value: unknown) => {
        const counts = state as Map<unknown, number>
        return counts.set(value, (counts.get(value) ?? 0) + 1)
      },
      show: (state: unknown) => new Map(state as ReadonlyMap<unknown, number>),
      wire: {
        encode: (state: unknown) => [...(state as ReadonlyMap<unknown, number>)],
        decode: (wire: unknown) => new Map(wire as readonly (readonly [unknown, number])[]),
      },
    }
    return this.behind(this.addKernel('frequencies', scanKernel(logic, this.isKeyed), options))
  }

  /** One result of all elements: when the stream ends, or its input is drained. Nothing of nothing, unless there is a `start`. */
  reduce<S extends SequenceStream<T>>(this: S, combine: (state: T, value: T) => T): WithValue<S, T>
  reduce<A, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    combine: (state: A, value: T) => A,
    start: A,
    options?: StepOptions,
  ): WithValue<S, A>
  reduce<S extends SequenceStream<T>>(
    this: S,
    combine: (state: never, value: T) => unknown,
    start?: unknown,
    options: StepOptions = {},
  ): WithValue<S, never> {
    checkFunction(combine, 'reduce')
    const logic = { combine: combine as (state: unknown, value: unknown) => unknown, start: startOf(start) }
    return this.behind(this.addKernel('reduce', reduceKernel(logic, this.isKeyed), options))
  }

  /** The elements number `start`, `start + step`, … below `end`, counted from 0. The stream does not end there: see `take`. */
  slice<S extends SequenceStream<T>>(
    this: S,
    start = 0,
    end: number = Number.POSITIVE_INFINITY,
    options: StepOptions & { readonly step?: number } = {},
  ): WithValue<S, T> {
    const { step = 1, ...rest } = options
    const range = {
      start: wholeNumber(start, 'slice: start', 0),
      end: end === Number.POSITIVE_INFINITY ? end : wholeNumber(end, 'slice: end', 0),
      step: wholeNumber(step, 'slice: step'),
      ends: false,
    }
    return this.behind(this.addKernel('slice', sliceKernel(range, this.isKeyed), rest))
  }

  /** The first `count` elements. A live stream ends there. */
  take<S extends SequenceStream<T>>(this: S, count: number, options: StepOptions = {}): WithValue<S, T> {
    const range = { start: 0, end: wholeNumber(count, 'take: count', 0), step: 1, ends: true }
    return this.behind(this.addKernel('take', sliceKernel(range, this.isKeyed), options))
  }

  /** All but the first `count` elements. */
  skip<S extends SequenceStream<T>>(this: S, count: number, options: StepOptions = {}): WithValue<S, T> {
    const start = wholeNumber(count, 'skip: count', 0)
    const range = { start, end: Number.POSITIVE_INFINITY, step: 1, ends: false }
    return this.behind(this.addKernel('skip', sliceKernel(range, this.isKeyed), options))
  }

  /**
   * Arrays of `size` elements; with a `timeout` also of fewer, and what is left at the end. On a keyed
   * stream each key has chunks of its own.
   */
  chunk<S extends SequenceStream<T>>(
    this: S,
    size: number,
    options: ChunkOptions<T> = {},
  ): WithValue<S, readonly T[]> {
    const { timeout, key, ...rest } = options
    if (key !== undefined) checkFunction(key, 'chunk: key')
    const rules = {
      size: wholeNumber(size, 'chunk: size'),
      timeoutMs: timeout === undefined ? undefined : positiveDurationMs(timeout, 'chunk: timeout'),
    }
    if (key !== undefined)
      return this.plain(this.addKeyedChunks(key, rules, rest)) as WithValue<S, readonly T[]>
    return this.behind(this.addKernel('chunk', chunkKernel(rules, this.isKeyed), rest))
  }

  /** Arrays of `size` elements that differ, in the order in which those that stayed came. */
  chunkUnique<S extends SequenceStream<T>>(
    this: S,
    size: number,
    options: UniqueChunkOptions<T> = {},
  ): WithValue<S, readonly T[]> {
    const { key, keep, ...rest } = options
    const rules = uniqueRules('chunkUnique', key, keep)
    const factory = uniqueChunkKernel(wholeNumber(size, 'chunkUnique: size'), rules, this.isKeyed)
    return this.behind(this.addKernel('chunkUnique', factory, rest))
  }

  /** For each element, the last `size` elements up to it, once there are as many; with `partial` from the first one on. */
  slidingWindow<S extends SequenceStream<T>>(
    this: S,
    size: number,
    options: StepOptions & { readonly partial: true },
  ): WithValue<S, readonly T[]>
  slidingWindow<N extends number, S extends SequenceStream<T> = Stream<T>>(
    this: S,
    size: N,
    options?: StepOptions & { readonly partial?: boolean },
  ): WithValue<S, Row<T, N>>
  slidingWindow<S extends SequenceStream<T>>(
    this: S,
    size: number,
    options: StepOptions & { readonly partial?: boolean } = {},
  ): WithValue<S, readonly T[]> {
    const { partial = false, ...rest } = options
    const rules = { size: wholeNumber(size, 'slidingWindow: size'), partial }
    return this.behind(this.addKernel('slidingWindow', slidingKernel(rules, this.isKeyed), rest))
  }

  /**
   * The elements that have not come before. With `max` those seen least recently are forgotten, and a
   * repeat counts as seen: `{ max: 1 }` drops repeats that follow each other.
   */
  unique<S extends SequenceStream<T>>(this: S, options: UniqueOptions<T> = {}): WithValue<S, T> {
    const { key, max, ...rest } = options
    if (typeof options === 'function') {
      throw new GraphError('OPTION_INVALID', 'unique was given a function; expected { key: function }')
    }
    if (key !== undefined) checkFunction(key, 'unique: key')
    const history = {
      keyOf: (key as ((value: unknown) => unknown) | undefined) ?? identity,
      max: max === undefined ? Number.POSITIVE_INFINITY : wholeNumber(max, 'unique: max'),
    }
    return this.behind(this.addKernel('unique', uniqueKernel(history, this.isKeyed), rest))
  }

  protected addKeyedChunks(key: (value: T) => Key, rules: ChunkRules, options: StepOptions): PortRef {
    if (this.isKeyed) {
      throw new GraphError(
        'OPTION_INVALID',
        'chunk: the stream has keys already, and chunks for each; leave `key` out',
      )
    }
    const by = { kind: 'function', fn: key as (value: unknown) => Key } as const
    const keyed = this.addStep({ kind: 'exchange', key: by }, 'keyBy', { nature: NATURES.keyBy })
    const logic = { kind: 'kernel', keyed: true, factory: chunkKernel(rules, true) } as const
    const step = { kind: 'process', outputs: [], logic } as const
    return this.addStep(step, 'chunk', { ...options, inputs: [keyed], nature: NATURES.chunk })
  }

  protected addScan(
    scan: {
      readonly name: 'scan' | 'mapWithState'
      readonly fn: (state: never, value: T) => unknown
      readonly start: unknown
      readonly givesResult: boolean
    },
    { withState = false, ...options }: ScanOptions,
  ): PortRef {
    const { name, fn, start, givesResult } = scan
    checkFunction(fn, name)
    const next = fn as (state: unknown, value: unknown) => unknown
    const logic = { name, givesResult, withState, next, start: startOf(start) }
    return this.addKernel(name, scanKernel(logic, this.isKeyed), options)
  }
}

/** What makes a start: a copy each time, since a function may change what it is given, and there may be a state for each key. */
function startOf(start: unknown): (() => unknown) | undefined {
  if (start === undefined) return undefined
  return typeof start === 'object' && start !== null ? () => structuredClone(start) : () => start
}

/** The rules of what is the same. Throws `OPTION_INVALID`. */
export function uniqueRules<T>(
  what: string,
  key: ((value: T) => unknown) | undefined,
  keep: unknown = 'first',
): { readonly keyOf: (value: unknown) => unknown; readonly keep: 'first' | 'last' } {
  if (keep !== 'first' && keep !== 'last') {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: keep is ${describeValue(keep)}; expected "first" or "last"`,
    )
  }
  if (key !== undefined) checkFunction(key, `${what}: key`)
  return { keyOf: (key as ((value: unknown) => unknown) | undefined) ?? identity, keep }
}
