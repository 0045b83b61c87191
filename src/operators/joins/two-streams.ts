/** What is joined must be two streams. */
import { GraphError } from '../../errors.ts'
import type { PortRef } from '../../graph/index.ts'

/** Throws `GRAPH_INVALID` where both sides are one stream. */
export function checkTwoStreams(left: PortRef, right: PortRef, what: string): void {
  if (left !== right) return
  throw new GraphError(
    'GRAPH_INVALID',
    `${what} was given the same stream twice, and a step reads a stream by one input only: give one side a step of its own, such as ${what}(stream.filter(() => true), …)`,
  )
}
