/** Step → operator, for the core kinds that are one function. */
import { unreachable } from '../errors.ts'
import type { AsyncStep, ExchangeStep, FilterStep, FlatMapStep, MapStep } from '../graph/index.ts'
import { AsyncOperator } from './async-operator.ts'
import { FilterOperator, FlatMapOperator, MapFilterOperator, MapOperator } from './function-operators.ts'
import { BroadcastOperator, KeyOperator } from './key-operator.ts'
import type { StepOperator, StepParts } from './step-operator.ts'

/** The operator of a step that calls one function per element. */
export function functionOperator(
  step: MapStep | AsyncStep | FilterStep | FlatMapStep | ExchangeStep,
  parts: StepParts,
): StepOperator {
  switch (step.kind) {
    case 'map':
      // Each class has call sites of its own, where V8 foresees more: see the benchmark of chains.
      return parts.next instanceof FilterOperator
        ? new MapFilterOperator(parts, step.fn)
        : new MapOperator(parts, step.fn)
    case 'async':
      return new AsyncOperator({ ...parts, concurrency: step }, step.open(parts.scope.clock))
    case 'filter':
      return new FilterOperator(parts, step.fn)
    case 'flatMap':
      return new FlatMapOperator(parts, step.fn)
    case 'exchange':
      return step.key.kind === 'all' ? new BroadcastOperator(parts) : new KeyOperator(parts, step.key)
    default:
      return unreachable(step)
  }
}
