/** The connector interfaces. */
export type { Sink, SinkHost, SinkMeta, SinkTarget } from './sink.ts'
export type { ElementMeta, Source, SourceHost } from './source.ts'
export {
  fromAsyncIterable,
  fromEvent,
  fromIterable,
  fromObservable,
  type ObservableLike,
  type SourceInput,
  sourceOf,
} from './source-of.ts'
