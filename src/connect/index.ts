/** The interfaces of what is connected: sources, sinks, pools. */

export { FairShare } from './fair-share.ts'
export { type FromIterableOptions, fromIterable } from './from-iterable.ts'
export { ABORTED, Interruptible } from './interruptible.ts'
export type { ModuleFunction, Pool, PoolOptions, WorkerDeath } from './pool.ts'
export type { Sink, SinkHost, SinkMeta, SinkTarget } from './sink.ts'
export type { ElementMeta, Source, SourceHost } from './source.ts'
export {
  fromEvent,
  fromObservable,
  type ObservableLike,
  type SourceInput,
  sourceOf,
} from './source-of.ts'
