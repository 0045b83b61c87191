/** The connector interfaces. */
export type { Sink, SinkHost, SinkMeta, SinkTarget } from './sink.ts'
