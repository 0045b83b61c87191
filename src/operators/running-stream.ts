/** Aggregations over all elements of a key so far. */

import { checkFunction } from './check-options.ts'
import { type FoldedParts, FoldedStream, type FoldOutput, type FoldStep } from './folded-stream.ts'
import { type AnyFold, runningReduce } from './folds/index.ts'
import { NATURES } from './natures.ts'
import { runningKernel } from './running-kernel.ts'
import type { StepOptions } from './scope.ts'
import type { KeyedStream } from './stream.ts'
import { foldTable, groupTable } from './tables/fold-table-kernel.ts'

/** Elements per key, waiting for an aggregation of all of them so far. */
export class RunningStream<K, T, Mode extends 'running' | 'runningTable' = 'running'> extends FoldedStream<
  Mode,
  K,
  T
> {
  readonly #isTable: boolean

  constructor(parts: FoldedParts, isTable: boolean) {
    super(parts)
    this.#isTable = isTable
  }

  /** Combines the elements two by two, in the order in which they come. */
  override reduce(combine: (left: T, right: T) => T, options: StepOptions = {}): FoldOutput<Mode, K, T> {
    checkFunction(combine, 'reduce')
    return this.addFold('reduce', runningReduce(combine), options)
  }

  protected override outputOf(results: KeyedStream<unknown, unknown>): unknown {
    return this.#isTable ? this.parts.tableOf(results, true) : results
  }

  protected override stepOf(fold: AnyFold<unknown, unknown>): FoldStep {
    const nature = fold.merge === undefined ? NATURES.orderedRunning : NATURES.running
    return { factory: this.#factoryOf(fold), nature, within: this.#isTable ? 'table' : 'running' }
  }

  #factoryOf(fold: AnyFold<unknown, unknown>): FoldStep['factory'] {
    // Where elements are changes, so are those of the fold.
    if (this.parts.areChanges) return groupTable(fold as AnyFold<never, unknown>)
    return this.#isTable ? foldTable(fold) : runningKernel(fold)
  }
}
