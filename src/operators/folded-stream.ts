/**
 * Aggregations of a keyed stream: the same folds in windows and running. Each adds one `process`
 * step with the fold's kernel.
 */
import type { Key } from '../codec/index.ts'
import { GraphError } from '../errors.ts'
import type { KernelFactory, Nature, PortRef } from '../graph/index.ts'
import { checkFunction, checkRest } from './check-options.ts'
import {
  type Aggregation,
  type AnyFold,
  bottom,
  type ChangesFold,
  count,
  countBy,
  deviation,
  distinct,
  type FoldsByName,
  first,
  foldOf,
  last,
  max,
  maxBy,
  mean,
  min,
  minBy,
  sum,
  top,
  type ValueCount,
  type VarianceOptions,
  variance,
} from './folds/index.ts'
import type { KeyedResult } from './running-kernel.ts'
import { policyOf, type StepOptions, type StreamScope } from './scope.ts'
import type { KeyedStream } from './stream.ts'
import type { Table } from './tables/change-stream.ts'
import type { WindowKey, WindowResult } from './window/window.ts'

/** What an aggregation gives, by where it happens: each result, or with `retract: true` the rows of a table. */
export interface FoldResults<K, V> {
  readonly window: KeyedStream<K, WindowResult<K, V>>
  readonly running: KeyedStream<K, KeyedResult<K, V>>
  readonly windowTable: Table<WindowKey<K>, WindowResult<K, V>>
  readonly runningTable: Table<K, KeyedResult<K, V>>
}

/** Where an aggregation happens. */
export type FoldMode = keyof FoldResults<unknown, unknown>

/** The results of one aggregation. */
export type FoldOutput<Mode extends FoldMode, K, V> = FoldResults<K, V>[Mode]

/** How an aggregation becomes a step. */
export interface FoldStep {
  readonly factory: KernelFactory
  readonly nature: Nature
  readonly within: string
  readonly outputs?: readonly string[]
  readonly sideOutputs?: readonly PortRef[]
}

/** Where elements come from that are to be aggregated. */
export interface FoldedParts {
  readonly scope: StreamScope
  readonly port: PortRef
  /** The keyed stream on another edge. */
  readonly keyed: (port: PortRef) => KeyedStream<unknown, unknown>
  /** Whether elements are changes: rows that come and go. */
  readonly areChanges: boolean
  /** The table whose changes come on a stream; whether those of a key are where its shard is. */
  readonly tableOf: (changes: KeyedStream<unknown, unknown>, isPlaced: boolean) => Table<unknown, unknown>
}

/** Elements per key, waiting for an aggregation: in windows, or over all elements so far. */
export abstract class FoldedStream<Mode extends FoldMode, K, T> {
  protected readonly parts: FoldedParts

  constructor(parts: FoldedParts) {
    this.parts = parts
  }

  /** How many elements there are. */
  count(options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.addFold('count', count<T>(), options)
  }

  /** The sum of a number per element: exact, rounded once at the end, whatever the order of addition. */
  sum(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    checkFunction(of, 'sum')
    return this.addFold('sum', sum(of), options)
  }

  /** The exact sum of a number per element, divided by their count. */
  mean(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    checkFunction(of, 'mean')
    return this.addFold('mean', mean(of), options)
  }

  /** The smallest of a number per element; NaN if any is NaN. */
  min(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    checkFunction(of, 'min')
    return this.addFold('min', min(of), options)
  }

  /** The largest of a number per element; NaN if any is NaN. */
  max(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    checkFunction(of, 'max')
    return this.addFold('max', max(of), options)
  }

  /**
   * The variance of a number per element: exact, rounded once at the end, whatever the order. Of a sample (the
   * default) it is NaN for a single element; `kind: 'population'` divides by the count. NaN if a number is NaN
   * or infinite.
   */
  variance(
    of: (value: T) => number,
    options: VarianceOptions & StepOptions = {},
  ): FoldOutput<Mode, K, number> {
    const { kind, ...rest } = options
    return this.addFold('variance', variance(of, { kind }), rest)
  }

  /** The standard deviation of a number per element: the square root of its `variance`, with the same options. */
  deviation(
    of: (value: T) => number,
    options: VarianceOptions & StepOptions = {},
  ): FoldOutput<Mode, K, number> {
    const { kind, ...rest } = options
    return this.addFold('deviation', deviation(of, { kind }), rest)
  }

  /**
   * The exact number of different values; what keys may be are values. All values are kept: `approxDistinct`
   * in `aggregate` needs 16 KiB for any number of them.
   */
  distinct(of: (value: T) => Key, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.addFold('distinct', distinct(of), options)
  }

  /** How often each value was seen, the most frequent first, of equally frequent ones the smaller first. */
  countBy<C extends Key>(
    of: (value: T) => C,
    options: StepOptions = {},
  ): FoldOutput<Mode, K, readonly ValueCount<C>[]> {
    return this.addFold('countBy', countBy<T, C>(of), options)
  }

  /** The `count` elements with the largest numbers, the largest first; of equal ones the one that happened first. */
  top(count: number, by: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, T[]> {
    return this.addFold('top', top(count, by), options)
  }

  /** The `count` elements with the smallest numbers, the smallest first; of equal ones the one that happened first. */
  bottom(count: number, by: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, T[]> {
    return this.addFold('bottom', bottom(count, by), options)
  }

  /** The element with the largest number; of several the one that happened first. */
  maxBy(by: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('maxBy', maxBy(by), options)
  }

  /** The element with the smallest number; of several the one that happened first. */
  minBy(by: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('minBy', minBy(by), options)
  }

  /** The element that happened first; of several at one time that of the lowest topic, partition and offset. */
  first(options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('first', first<T>(), options)
  }

  /** The element that happened last; of several at one time that of the highest topic, partition and offset. */
  last(options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('last', last<T>(), options)
  }

  /**
   * A ready-made aggregation, such as `quantile(0.95, r => r.ms)`; several at once by name, such as
   * `{ n: count(), total: sum(r => r.value) }`; or one of your own, `{ init, add, merge?, retract?, result? }`.
   * Accumulators are state: they must be what msgpack can carry.
   */
  aggregate<Out>(
    folds: AnyFold<T, Out> | FoldsByName<T, Out>,
    options?: StepOptions,
  ): FoldOutput<Mode, K, Out>
  aggregate<Acc, Out = Acc>(
    aggregation: Aggregation<T, Acc, Out>,
    options?: StepOptions,
  ): FoldOutput<Mode, K, Out>
  aggregate(
    given:
      | Aggregation<T, unknown, unknown>
      | AnyFold<T, unknown>
      | FoldsByName<T, Readonly<Record<string, unknown>>>,
    options: StepOptions = {},
  ): FoldOutput<Mode, K, unknown> {
    return this.addFold('aggregate', foldOf(given), options)
  }

  /** Combines the elements two by two. */
  abstract reduce(combine: (left: T, right: T) => T, options?: StepOptions): FoldOutput<Mode, K, T>

  /** What comes out of a step, as the mode asks. */
  protected abstract outputOf(results: KeyedStream<unknown, unknown>): unknown

  /** The step of a fold. */
  protected abstract stepOf(fold: AnyFold<unknown, unknown>): FoldStep

  protected addFold<Out>(
    name: string,
    fold: AnyFold<T, Out>,
    options: StepOptions,
  ): FoldOutput<Mode, K, Out> {
    checkRest(options, name)
    const { scope, port, keyed, areChanges } = this.parts
    const step = this.stepOf(areChanges ? foldOfChanges(fold, name) : fold)
    const { factory, within, outputs = [], sideOutputs = [] } = step
    const nature = areChanges ? { ...step.nature, takesBack: true } : step.nature
    const output = scope.builder.add({
      kind: 'process',
      id: options.id,
      name,
      nature,
      onError: policyOf(scope, name, options),
      inputs: [port],
      within: [within],
      outputs,
      sideOutputs,
      logic: { kind: 'kernel', keyed: true, factory },
    })
    // Of what key and values it is, only this place knows.
    return this.outputOf(keyed(output)) as FoldOutput<Mode, K, Out>
  }
}

/** The fold over rows that come and go. Throws `GRAPH_INVALID` where there is none. */
function foldOfChanges<In, Out>(fold: AnyFold<In, Out>, name: string): ChangesFold<In, Out> {
  if (fold.retracting !== undefined) return fold.retracting()
  throw new GraphError(
    'GRAPH_INVALID',
    `${name} cannot take back an element, and rows of a table or change stream come and go: use maxBy or minBy with a time of the row in place of last and first, aggregate with retract, or one of the other aggregations`,
  )
}
