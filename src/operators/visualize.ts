/** A picture of the graph that a live stream belongs to. */
import { drawGraph, type PictureFormat } from '../graph/index.ts'
import { BaseStream } from './base-stream.ts'
import { livePort } from './scope.ts'

/** Options of `visualize`. */
export interface VisualizeOptions {
  /** What is drawn: `text` for terminals, the default; `svg`, `mermaid`, `dot`, `json`. */
  readonly format?: PictureFormat
  /** Shows how much has passed each edge, and how much does per second. Counting begins with the first such picture. */
  readonly counts?: boolean
}

/**
 * Draws the graph of a live stream as it is now, also while it runs. For an app: `drawGraph(app.graph(), format)`.
 *
 * ```ts run
 * import { Stream, visualize } from 'sluice'
 *
 * const numbers = new Stream<number>({ name: 'numbers' })
 * numbers.map(n => n + 1).sink(() => {})
 * console.log(visualize(numbers))
 * ```
 *
 * ```text output
 * numbers
 * └─ numbers (stream, source: emit)
 *    ↓ map (map)
 *    ↓ sink (sink)
 * ```
 */
export function visualize(stream: BaseStream<unknown>, options: VisualizeOptions = {}): string {
  const { format = 'text', counts = false } = options
  const live = livePort(BaseStream.portOf(stream), 'visualize', 'use drawGraph(app.graph(), format)')
  return drawGraph(live.describe(), format, counts ? live.counts() : undefined)
}
