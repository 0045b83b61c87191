/** The engine: plan, compiled tasks, and the parts of a commit. */
export { AsyncOperator } from './async-operator.ts'
export { type CompileContext, type Compiled, compileTask } from './compile.ts'
export { isSinkRow, sinkRow } from './connector-sink.ts'
export {
  type DeadLetter,
  DeadLetterBatch,
  ELEMENT_HEADER,
  readDeadLetter,
} from './dead-letter.ts'
export { Due } from './due.ts'
export { ChunkReader } from './exchange-chunk.ts'
export { ExchangeEntrance, type RunEnd } from './exchange-entrance.ts'
export { ExchangeInput } from './exchange-input.ts'
export { type DeadLetters, type FailedElement, FailureHandler } from './failure.ts'
export { functionOperator } from './function-operator.ts'
export { FilterOperator, FlatMapOperator } from './function-operators.ts'
export type { Hold } from './hold.ts'
export { Lifecycle, type LifecycleState, TRANSITIONS } from './lifecycle.ts'
export { MemorySender } from './memory-exchange.ts'
export { mergeEntrances, sideEntrances } from './merge-operator.ts'
export { NOWHERE, type Operator } from './operator.ts'
export {
  type Fragment,
  type FragmentInput,
  makePlan,
  type Plan,
  type PlanFacts,
  type PlannedExchange,
  taskName,
} from './plan.ts'
export { ProcessOperator } from './process-operator.ts'
export { decodeProgress, encodeProgress, type InputProgressState, type StoredElement } from './progress.ts'
export { EagerSink } from './push/eager-sink.ts'
export { OwnTime } from './push/own-time.ts'
export { type MakeTime, pushOperator } from './push/push-operator.ts'
export { type Edge, PushOutput } from './push/push-output.ts'
export { type PushGraph, PushStep } from './push/push-step.ts'
export { componentOf, givesTime, sourcesAbove, stepsAbove } from './push/push-walk.ts'
export { SourceRun } from './push/source-run.ts'
export { TapOperator } from './push/tap-operator.ts'
export { Turns } from './push/turns.ts'
export { RETRY_STEP, RetryInput, type RetryTarget } from './retry-input.ts'
export { type Counters, type Current, newCounters, Scope, type Waiter } from './scope.ts'
export { Slice } from './slice.ts'
export { type Quiet, SourceInput } from './source-input.ts'
export { StepOperator, type StepParts } from './step-operator.ts'
export { Task, type TaskParts } from './task.ts'
export type { TaskInput } from './task-input.ts'
export { TopicSender } from './topic-exchange.ts'
export { type Lane, WatermarkOperator } from './watermark-operator.ts'
