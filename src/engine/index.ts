/** The engine: plan, compiled tasks, and the parts of a commit. */
export { type CompileContext, type Compiled, compileTask } from './compile.ts'
export { isSinkRow, sinkRow } from './connector-sink.ts'
export {
  type DeadLetter,
  ELEMENT_HEADER,
  readDeadLetter,
} from './dead-letter.ts'
export { ChunkReader } from './exchange-chunk.ts'
export { ExchangeEntrance, type RunEnd } from './exchange-entrance.ts'
export { ExchangeInput } from './exchange-input.ts'
export { type DeadLetters, FailureHandler } from './failure.ts'
export { FilterOperator, FlatMapOperator } from './function-operators.ts'
export { Lifecycle, type LifecycleState, TRANSITIONS } from './lifecycle.ts'
export { MemorySender } from './memory-exchange.ts'
export type { Operator } from './operator.ts'
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
export { RETRY_STEP, RetryInput, type RetryTarget } from './retry-input.ts'
export { type Counters, newCounters, Scope } from './scope.ts'
export { Slice } from './slice.ts'
export { type Quiet, SourceInput } from './source-input.ts'
export { Task, type TaskParts } from './task.ts'
export type { TaskInput } from './task-input.ts'
export { TopicSender } from './topic-exchange.ts'
export type { Lane } from './watermark-operator.ts'
