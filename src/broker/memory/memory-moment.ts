/** A memory broker as it was at one moment: its batches and rows, which never change in place. */
import type { InputPosition, Moment, PartitionInfo, Reader, TopicInfo } from '../broker.ts'
import { partitionUnknown, topicUnknown } from '../broker-errors.ts'
import { MemoryGroup, type MemoryGroupHost, type MemoryGroupRows } from './memory-group.ts'
import { type MemoryPartition, MemoryReader } from './memory-partition.ts'

/** A topic of the moment. */
export interface MomentTopic {
  readonly info: TopicInfo
  readonly logs: readonly MemoryPartition[]
}

/** Nobody writes to a moment. */
const NO_HOST: MemoryGroupHost = { nextEpoch: () => 0, prepare: () => () => [] }

/** What was in a memory broker. */
export class MemoryMoment implements Moment {
  readonly url = 'memory:'
  readonly #topics: ReadonlyMap<string, MomentTopic>
  readonly #groups: ReadonlyMap<string, MemoryGroupRows>

  /** Both belong to the moment alone. */
  constructor(topics: readonly MomentTopic[], groups: ReadonlyMap<string, MemoryGroupRows>) {
    this.#topics = new Map(topics.map(topic => [topic.info.name, topic]))
    this.#groups = groups
  }

  async topic(name: string): Promise<TopicInfo | undefined> {
    return this.#topics.get(name)?.info
  }

  async partitions(topic: string): Promise<readonly PartitionInfo[]> {
    return this.#topic(topic).logs.map(({ start, end, bytes }) => ({ start, end, bytes }))
  }

  reader(topic: string, partition: number, offset: number): Reader {
    const { info, logs } = this.#topic(topic)
    const log = logs[partition]
    if (log === undefined) throw partitionUnknown(info, partition)
    return new MemoryReader(log, offset)
  }

  async positions(group: string): Promise<readonly InputPosition[]> {
    const rows = this.#groups.get(group)
    return rows === undefined ? [] : new MemoryGroup(group, rows, NO_HOST).positions()
  }

  async fact(group: string, name: string): Promise<unknown> {
    const rows = this.#groups.get(group)
    return rows === undefined ? undefined : new MemoryGroup(group, rows, NO_HOST).fact(name)
  }

  async close(): Promise<void> {}

  #topic(name: string): MomentTopic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw topicUnknown(name, this.url)
    return topic
  }
}
