/**
 * Whether the source partitions of a task have grown: a mark that says "idle" says up to where they had
 * been read, and its receiver sees where they end now. Of several partitions both are sums, since
 * positions only grow.
 */
import type { Broker, Reader } from '../broker/index.ts'
import type { Fragment, Plan, TaskInput } from '../engine/index.ts'
import { stepOf } from '../graph/index.ts'

/** How far a task's source partitions have been read; −1 for one without any. */
export function sourcePosition(inputs: readonly TaskInput[]): number {
  const sources = inputs.filter(input => input.kind === 'source')
  return sources.length === 0 ? -1 : sources.reduce((sum, input) => sum + input.position, 0)
}

/** Where the source partitions behind a channel end now; −1 where it has none. */
export function sourceEnds(broker: Broker, plan: Plan, producers: Fragment): (channel: number) => number {
  const readers = new Map<number, readonly Reader[]>()
  const open = (channel: number): readonly Reader[] =>
    producers.inputs.flatMap(({ step, partitions }) => {
      const source = stepOf(plan.graph, step)
      if (source.kind !== 'source' || channel >= partitions) return []
      return [broker.reader(source.topic.name, channel, 0)]
    })
  return channel => {
    const sources = readers.get(channel) ?? open(channel)
    readers.set(channel, sources)
    return sources.length === 0 ? -1 : sources.reduce((sum, reader) => sum + reader.end(), 0)
  }
}
