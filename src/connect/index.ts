/** The connector interfaces. */
export type { Sink, SinkHost, SinkMeta, SinkTarget } from './sink.ts'
export type { ElementMeta, Source, SourceHost } from './source.ts'
