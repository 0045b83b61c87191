/** A live stream of what something else brings. */
import { type SourceInput, sourceOf } from '../../connect/index.ts'
import { BaseStream, livePort } from '../../operators/index.ts'
import type { StreamOptions } from './live-graph.ts'

/** Makes a stream that is named as its source, and brings what that brings once it is started. */
export function streamFrom<S extends BaseStream<unknown>>(
  input: SourceInput<unknown>,
  options: StreamOptions,
  make: (options: StreamOptions) => S,
): S {
  const source = sourceOf(input)
  const stream = make({ name: source.name, ...options })
  livePort(BaseStream.portOf(stream), 'from', '').attach(source)
  return stream
}
