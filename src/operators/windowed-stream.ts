/** Aggregations of the elements of each key in windows. */
import type { Nature, PortRef } from '../graph/index.ts'
import { checkFunction } from './check-options.ts'
import { type FoldedParts, FoldedStream, type FoldOutput, type FoldStep } from './folded-stream.ts'
import { type AnyFold, collect, reduce } from './folds/index.ts'
import { NATURES } from './natures.ts'
import type { StepOptions } from './scope.ts'
import type { KeyedStream } from './stream.ts'
import { LATE } from './window/window.ts'
import { isPlain, type WindowRules, type Windows } from './window/windows.ts'

/** Elements per key and window, waiting for an aggregation. */
export class WindowedStream<K, T, Mode extends 'window' | 'windowTable' = 'window'> extends FoldedStream<
  Mode,
  K,
  T
> {
  readonly #windows: Windows
  readonly #rules: WindowRules
  /** The late output of the first aggregation. */
  readonly #latePort: PortRef
  #hasLate = false

  constructor(parts: FoldedParts, windows: Windows, rules: WindowRules) {
    super(parts)
    this.#windows = windows
    this.#rules = rules
    this.#latePort = parts.scope.builder.sideOutput(
      LATE,
      'call an aggregation such as sum() on the window whose late elements you read',
    )
  }

  /** All elements, in the order of event time; of equal time, by topic, partition and offset. */
  collect(options: StepOptions = {}): FoldOutput<Mode, K, T[]> {
    return this.addFold('collect', collect<T>(), options)
  }

  /**
   * Combines the elements two by two, in the order of event time; of equal time, by topic, partition and
   * offset. All elements are kept until the window is over: `aggregate` with `merge` keeps less.
   */
  override reduce(combine: (left: T, right: T) => T, options: StepOptions = {}): FoldOutput<Mode, K, T> {
    checkFunction(combine, 'reduce')
    return this.addFold('reduce', reduce(combine), options)
  }

  /**
   * The elements that came after their window had been closed, unchanged. Without it they are only
   * counted. With several aggregations of one window these are the late elements of the first.
   */
  get late(): KeyedStream<K, T> {
    // They are the elements of this stream.
    return this.parts.keyed(this.#latePort) as KeyedStream<K, T>
  }

  protected override outputOf(results: KeyedStream<unknown, unknown>): unknown {
    // Rows are where the keys of their elements are, not where their own would be.
    return this.#rules.retracts ? this.parts.tableOf(results, false) : results
  }

  protected override stepOf(fold: AnyFold<unknown, unknown>): FoldStep {
    const factory = this.#windows.kernel(fold, this.#rules)
    const sideOutputs = this.#hasLate ? [] : [this.#latePort]
    this.#hasLate = true
    return {
      factory,
      nature: natureOf(fold, this.#windows, this.#rules),
      within: `window ${this.#windows.kind}`,
      outputs: [LATE],
      sideOutputs,
    }
  }
}

/** What an aggregation in windows declares about itself. */
export function natureOf(fold: AnyFold<unknown, unknown>, { kind }: Windows, rules: WindowRules): Nature {
  // What depends on how many elements there were, or on which came first, depends on the order.
  const isOrdered = fold.merge === undefined || kind === 'count' || rules.emission.kind === 'count'
  const byClock = rules.emission.kind === 'every' && rules.emission.time === 'processing'
  return {
    ...(isOrdered ? NATURES.orderedWindow : NATURES.window),
    retracting: isRetracting(rules),
    processingTime: byClock,
  }
}

/** Whether a window gives results that replace others. */
export function isRetracting(rules: WindowRules): boolean {
  return !isPlain(rules) && rules.emission.kind !== 'count'
}
