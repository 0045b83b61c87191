/**
 * The broker that lives in this process: for tests, and for programs that need not outlive it.
 *
 * The logs belong to the object. It may be handed from one worker to the next, and `close` frees
 * the leases as the death of a worker would, but loses nothing: so tests crash and restart on it.
 */
import { type Clock, systemClock } from '../../time/index.ts'
import type {
  Append,
  Broker,
  CommitRequest,
  Group,
  Lease,
  Moment,
  PartitionInfo,
  Reader,
  StartPosition,
  TopicInfo,
  TopicRules,
} from '../broker.ts'
import {
  checkAppend,
  checkSameTopic,
  checkTopic,
  leaseHeld,
  partitionUnknown,
  topicUnknown,
} from '../broker-errors.ts'
import { type CleanableLog, Cleaner, type CleanerHost } from '../cleaner.ts'
import { NewsBoard } from '../news-board.ts'
import { resolveStart } from '../start-position.ts'
import { checkRules, hasRules, rulesOf } from '../topic-rules.ts'
import { MemoryGroup, type MemoryGroupHost, MemoryGroupRows } from './memory-group.ts'
import { MemoryMoment } from './memory-moment.ts'
import { MemoryPartition, MemoryReader } from './memory-partition.ts'

export interface MemoryBrokerOptions {
  /** Gives the append times; the machine's clock by default. */
  readonly clock?: Clock
}

interface MemoryTopic {
  readonly info: TopicInfo
  readonly logs: readonly MemoryPartition[]
}

/** A broker in memory, with the semantics of the file broker. */
export class MemoryBroker implements Broker {
  readonly url = 'memory:'
  readonly shared = false
  readonly #clock: Clock
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #groups = new Map<string, MemoryGroupRows>()
  readonly #leases = new Map<string, symbol>()
  readonly #news = new NewsBoard()
  readonly #host: MemoryGroupHost = {
    nextEpoch: () => ++this.#epoch,
    prepare: request => this.#prepare(request),
  }
  readonly #cleaner: Cleaner
  #epoch = 0

  constructor(options: MemoryBrokerOptions = {}) {
    this.#clock = options.clock ?? systemClock
    this.#cleaner = new Cleaner(this.#cleanerHost(), this.#clock)
  }

  async createTopic(topic: TopicInfo): Promise<boolean> {
    checkTopic(topic)
    const existing = this.#topics.get(topic.name)
    if (existing !== undefined) {
      checkSameTopic(existing.info, topic)
      return false
    }
    const { name, partitions, kind } = topic
    const logs = Array.from({ length: partitions }, (_, partition) => new MemoryPartition(name, partition))
    this.#topics.set(name, { info: { name, partitions, kind, ...rulesOf(topic) }, logs })
    this.#news.announce()
    return true
  }

  async alterTopic(name: string, rules: TopicRules): Promise<void> {
    const { info, logs } = this.#topic(name)
    checkRules(info, rules)
    const { partitions, kind } = info
    this.#topics.set(name, { info: { name, partitions, kind, ...rulesOf(rules) }, logs })
  }

  async deleteTopic(name: string): Promise<void> {
    const topic = this.#topics.get(name)
    if (topic === undefined) return
    for (const log of topic.logs) log.delete()
    this.#topics.delete(name)
    this.#news.announce()
  }

  async topics(): Promise<readonly TopicInfo[]> {
    return [...this.#topics.values()].map(({ info }) => info).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async topic(name: string): Promise<TopicInfo | undefined> {
    return this.#topics.get(name)?.info
  }

  async partitions(topic: string): Promise<readonly PartitionInfo[]> {
    return this.#topic(topic).logs.map(({ start, end, bytes }) => ({ start, end, bytes }))
  }

  async resolve(topic: string, partition: number, start: StartPosition): Promise<number> {
    return resolveStart(start, this.#log(topic, partition))
  }

  async produce(appends: readonly Append[]): Promise<readonly number[]> {
    return this.#prepare({ inputs: [], appends, purges: [] })()
  }

  reader(topic: string, partition: number, offset: number): Reader {
    return new MemoryReader(this.#log(topic, partition), offset)
  }

  async news(signal: AbortSignal): Promise<void> {
    await this.#news.wait(signal)
  }

  async moment(): Promise<Moment> {
    const topics = [...this.#topics.values()].map(({ info, logs }) => ({
      info,
      logs: logs.map(log => log.copy()),
    }))
    const groups = [...this.#groups].map(([id, rows]) => [id, rows.copy()] as const)
    return new MemoryMoment(topics, new Map(groups))
  }

  group(id: string): Group {
    const rows = this.#groups.get(id) ?? new MemoryGroupRows()
    this.#groups.set(id, rows)
    return new MemoryGroup(id, rows, this.#host)
  }

  async groups(): Promise<readonly string[]> {
    return [...this.#groups]
      .filter(([, rows]) => !rows.isEmpty)
      .map(([id]) => id)
      .sort()
  }

  async acquireLease(group: string): Promise<Lease> {
    if (this.#leases.has(group)) throw leaseHeld(group, this.url)
    const holder = Symbol(group)
    this.#leases.set(group, holder)
    return {
      release: async () => {
        if (this.#leases.get(group) === holder) this.#leases.delete(group)
      },
    }
  }

  async close(): Promise<void> {
    this.#leases.clear()
    this.#news.wakeAll()
  }

  /** Checks everything first, so that what it returns cannot fail. */
  #prepare(request: CommitRequest): () => readonly number[] {
    for (const append of request.appends) checkAppend(append)
    const appends = request.appends.map(({ topic, partition, batch }) => ({
      log: this.#log(topic, partition),
      batch,
    }))
    const purges = request.purges.map(purge => ({ ...purge, log: this.#log(purge.topic, purge.partition) }))
    return () => {
      const now = this.#clock.now()
      const offsets = appends.map(({ log, batch }) => log.append(batch, now))
      for (const { log, before } of purges) log.purge(before)
      if (appends.length > 0) {
        this.#news.announce()
        this.#cleaner.appended()
      }
      return offsets
    }
  }

  #topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw topicUnknown(name, this.url)
    return topic
  }

  #log(name: string, partition: number): MemoryPartition {
    const topic = this.#topic(name)
    const log = topic.logs[partition]
    if (log === undefined) throw partitionUnknown(topic.info, partition)
    return log
  }

  #cleanerHost(): CleanerHost {
    return {
      isOpen: true,
      ruledTopics: () => [...this.#topics.values()].map(({ info }) => info).filter(hasRules),
      log: (topic, partition) => this.#cleanable(topic, partition),
      attempt: work => {
        work()
        return true
      },
    }
  }

  #cleanable(name: string, partition: number): CleanableLog | undefined {
    const topic = this.#topics.get(name)
    const log = topic?.logs[partition]
    if (topic === undefined || log === undefined) return undefined
    const { start, end, bytes, cleanOffset, cleanBytes } = log
    return {
      rules: topic.info,
      start,
      end,
      bytes,
      cleanOffset,
      cleanBytes,
      lowestPosition: () => this.#lowestPosition(name, partition),
      oldest: limit => log.oldest(limit),
      batchesFrom: (offset, most) => log.batchesFrom(offset, most),
      purge: before => log.purge(before),
      replace: (batches, by) => log.replace(batches, by),
      markClean: (offset, kept) => log.markClean(offset, kept),
    }
  }

  #lowestPosition(topic: string, partition: number): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const { positions } of this.#groups.values()) {
      for (const position of positions.values()) {
        if (position.topic === topic && position.partition === partition)
          lowest = Math.min(lowest, position.next)
      }
    }
    return lowest
  }
}
