/** The pure logical graph: kinds of steps, building, checks, JSON, pictures. */
export { GraphBuilder, type PortRef, type StepDraft } from './builder.ts'
export {
  type Context,
  type KeptContext,
  keepContext,
  newContext,
  type Origin,
  RETURNING_INPUT,
  resumeContext,
} from './context.ts'
export type { EdgeCount } from './edges.ts'
export { feedsUntimed, type Graph, readersOf, stepOf, upstreamOf } from './graph.ts'
export { isThenable } from './is-thenable.ts'
export { detailOf, type GraphJson, graphToJson, type StepJson, topicOf } from './json.ts'
export type {
  HeldBack,
  Kernel,
  KernelCounter,
  KernelFactory,
  KernelHost,
  Partial,
  PartialAggregator,
} from './kernel.ts'
export { drawGraph, PICTURE_FORMATS, type PictureFormat } from './pictures.ts'
export { escapeXml, plainText } from './plain-text.ts'
export { type ErrorPolicy, type FinalPolicy, type ResolvedPolicy, resolvePolicy } from './policy.ts'
export { RefCounter, type Refs, releaseRefs, retainRefs } from './ref-counter.ts'
export {
  type AsyncCall,
  type AsyncHost,
  type AsyncStep,
  type BreakerSpec,
  type Concurrency,
  type ElementOrder,
  type ExchangeStep,
  type FilterStep,
  type FlatMapStep,
  type KeySource,
  type MapStep,
  type MergeStep,
  type Nature,
  type Port,
  type ProcessStep,
  type SinkStep,
  type SourceStep,
  STEP_KINDS,
  type Step,
  type StepKind,
  type TimeSpec,
  type TopicSpec,
  type TopicTarget,
} from './step.ts'
