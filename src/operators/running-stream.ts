/** Aggregations over all elements of a key so far. */
import { checkFunction } from './check-options.ts'
import { FoldedStream, type FoldOutput, type FoldStep } from './folded-stream.ts'
import { type AnyFold, runningReduce } from './folds/index.ts'
import { NATURES } from './natures.ts'
import { runningKernel } from './running-kernel.ts'
import type { StepOptions } from './scope.ts'

/** Elements per key, waiting for an aggregation of all of them so far. */
export class RunningStream<K, T> extends FoldedStream<'running', K, T> {
  /** Combines the elements two by two, in the order in which they come. */
  override reduce(combine: (left: T, right: T) => T, options: StepOptions = {}): FoldOutput<'running', K, T> {
    checkFunction(combine, 'reduce')
    return this.addFold('reduce', runningReduce(combine), options)
  }

  protected override stepOf(fold: AnyFold<unknown, unknown>): FoldStep {
    const nature = fold.merge === undefined ? NATURES.orderedRunning : NATURES.running
    return { factory: runningKernel(fold), nature, within: 'running' }
  }
}
