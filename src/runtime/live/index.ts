/** Live streams: a graph that runs while it is built, in this process, with nothing stored. */
export type { StreamOptions } from './live-graph.ts'
export { Stream } from './stream.ts'
