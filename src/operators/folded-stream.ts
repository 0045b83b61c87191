/**
 * Aggregations of a keyed stream: the same folds in windows and running. Each adds one `process`
 * step with the fold's kernel.
 */
import type { PortRef } from '../graph/index.ts'
import { checkRest } from './check-options.ts'
import {
  type Aggregation,
  aggregateFold,
  countFold,
  extremeFold,
  type Fold,
  meanFold,
  reduceFold,
  sumFold,
} from './fold.ts'
import { NATURES } from './natures.ts'
import { type KeyedResult, runningKernel } from './running-kernel.ts'
import { policyOf, type StepOptions, type StreamScope } from './scope.ts'
import { KeyedStream } from './stream.ts'
import { LATE, type WindowResult, type Windows } from './window/windows.ts'

/** What an aggregation gives, by where it happens. */
export interface FoldResults<K, V> {
  readonly window: WindowResult<K, V>
  readonly running: KeyedResult<K, V>
}

/** The results of one aggregation. */
export type FoldOutput<Mode extends keyof FoldResults<K, V>, K, V> = KeyedStream<K, FoldResults<K, V>[Mode]>

/** Elements per key, waiting for an aggregation: in windows, or over all elements so far. */
export class FoldedStream<Mode extends 'window' | 'running', K, T> {
  protected readonly scope: StreamScope
  protected readonly port: PortRef
  /** The late output of the first aggregation. */
  protected readonly latePort: PortRef
  #hasLate = false
  readonly #windows: Windows | undefined

  constructor(scope: StreamScope, port: PortRef, windows: Windows | undefined) {
    this.scope = scope
    this.port = port
    this.#windows = windows
    this.latePort = scope.builder.sideOutput(
      LATE,
      'call an aggregation such as sum() on the window whose late elements you read',
    )
  }

  /** How many elements there are. */
  count(options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.#add('count', countFold<T>(), options)
  }

  /** The sum of a number per element: exact, rounded once at the end, whatever the order of addition. */
  sum(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.#add('sum', sumFold(of), options)
  }

  /** The exact sum of a number per element, divided by their count. */
  mean(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.#add('mean', meanFold(of), options)
  }

  /** The smallest of a number per element; NaN if any is NaN. */
  min(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.#add('min', extremeFold('min', of), options)
  }

  /** The largest of a number per element; NaN if any is NaN. */
  max(of: (value: T) => number, options: StepOptions = {}): FoldOutput<Mode, K, number> {
    return this.#add('max', extremeFold('max', of), options)
  }

  /** Combines the elements two by two, in the order in which they come. */
  reduce(combine: (left: T, right: T) => T, options: StepOptions = {}): FoldOutput<Mode, K, T> {
    return this.#add('reduce', reduceFold(combine), options)
  }

  /** An aggregation of your own. Accumulators are state: they must be what msgpack can carry. */
  aggregate<Acc, Out = Acc>(
    aggregation: Aggregation<T, Acc, Out>,
    options: StepOptions = {},
  ): FoldOutput<Mode, K, Out> {
    return this.#add('aggregate', aggregateFold(aggregation), options)
  }

  #add<Acc, Out>(name: string, fold: Fold<T, Acc, Out>, options: StepOptions): FoldOutput<Mode, K, Out> {
    checkRest(options, name)
    const windows = this.#windows
    const factory = windows === undefined ? runningKernel(fold) : windows.kernel(fold)
    const isOrdered = fold.merge === undefined
    const output = this.scope.builder.add({
      kind: 'process',
      id: options.id,
      name,
      nature:
        NATURES[
          windows === undefined
            ? isOrdered
              ? 'orderedRunning'
              : 'running'
            : isOrdered
              ? 'orderedWindow'
              : 'window'
        ],
      onError: policyOf(this.scope, name, options),
      inputs: [this.port],
      within: [windows === undefined ? 'running' : `window ${windows.kind}`],
      outputs: windows === undefined ? [] : [LATE],
      sideOutputs: windows === undefined || this.#hasLate ? [] : [this.latePort],
      logic: { kind: 'kernel', keyed: true, factory },
    })
    this.#hasLate = true
    return new KeyedStream(this.scope, output)
  }
}

/** Elements per key and window, waiting for an aggregation. */
export class WindowedStream<K, T> extends FoldedStream<'window', K, T> {
  /**
   * The elements that came after their window had been closed, unchanged. Without it they are only
   * counted. With several aggregations of one window these are the late elements of the first.
   */
  get late(): KeyedStream<K, T> {
    return new KeyedStream(this.scope, this.latePort)
  }
}
