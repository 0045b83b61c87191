/** The handles that users build graphs with. */
export type { Aggregation } from './fold.ts'
export { type FoldedStream, type FoldOutput, type FoldResults, WindowedStream } from './folded-stream.ts'
export { NATURES } from './natures.ts'
export type { KeyedResult } from './running-kernel.ts'
export {
  type EventTimeOptions,
  type KeyedStream,
  type KeyField,
  type MapAsyncOptions,
  type StepOptions,
  Stream,
  type StreamScope,
} from './stream.ts'
export { type RetentionOptions, Topic, type TopicFor, type TopicOptions, type TopicStart } from './topic.ts'
export {
  type TumblingOptions,
  tumbling,
  type Window,
  type WindowResult,
  type Windows,
} from './window/windows.ts'
