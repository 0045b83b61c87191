/**
 * Aggregations of a keyed stream: the same folds in windows and running. Each adds one `process`
 * step with the fold's kernel.
 */
import type { KernelFactory, Nature, PortRef } from '../graph/index.ts'
import { checkFunction, checkRest } from './check-options.ts'
import {
  type Aggregation,
  type AnyFold,
  count,
  type FoldsByName,
  first,
  foldOf,
  last,
  max,
  mean,
  min,
  sum,
} from './folds/index.ts'
import type { KeyedResult } from './running-kernel.ts'
import { policyOf, type StepOptions, type StreamScope } from './scope.ts'
import type { KeyedStream } from './stream.ts'
import type { WindowResult } from './window/window.ts'

/** What an aggregation gives, by where it happens. */
export interface FoldResults<K, V> {
  readonly window: WindowResult<K, V>
  readonly running: KeyedResult<K, V>
}

/** The results of one aggregation. */
export type FoldOutput<Mode extends keyof FoldResults<K, V>, K, V> = KeyedStream<K, FoldResults<K, V>[Mode]>

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
}

/** Elements per key, waiting for an aggregation: in windows, or over all elements so far. */
export abstract class FoldedStream<Mode extends 'window' | 'running', K, T> {
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

  /** The element that happened first; of several at one time that of the lowest topic, partition and offset. */
  first(options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('first', first<T>(), options)
  }

  /** The element that happened last; of several at one time that of the highest topic, partition and offset. */
  last(options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.addFold('last', last<T>(), options)
  }

  /**
   * An aggregation of your own, `{ init, add, merge?, result? }`, or several at once by name, such as
   * `{ n: count(), total: sum(r => r.value) }`. Accumulators are state: they must be what msgpack can carry.
   */
  aggregate<R>(folds: FoldsByName<T, R>, options?: StepOptions): FoldOutput<Mode, K, R>
  aggregate<Acc, Out = Acc>(
    aggregation: Aggregation<T, Acc, Out>,
    options?: StepOptions,
  ): FoldOutput<Mode, K, Out>
  aggregate(
    given: Aggregation<T, unknown, unknown> | FoldsByName<T, Readonly<Record<string, unknown>>>,
    options: StepOptions = {},
  ): FoldOutput<Mode, K, unknown> {
    return this.addFold('aggregate', foldOf(given), options)
  }

  /** Combines the elements two by two. */
  abstract reduce(combine: (left: T, right: T) => T, options?: StepOptions): FoldOutput<Mode, K, T>

  /** The step of a fold. */
  protected abstract stepOf(fold: AnyFold<unknown, unknown>): FoldStep

  protected addFold<Out>(
    name: string,
    fold: AnyFold<T, Out>,
    options: StepOptions,
  ): FoldOutput<Mode, K, Out> {
    checkRest(options, name)
    const { factory, nature, within, outputs = [], sideOutputs = [] } = this.stepOf(fold)
    const { scope, port, keyed } = this.parts
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
    return keyed(output) as FoldOutput<Mode, K, Out>
  }
}
