/** The connector interfaces. */
export type { Sink, SinkHost, SinkMeta } from './sink.ts'
