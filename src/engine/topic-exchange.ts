/** An exchange between workers: the sending side writes chunks into a repartition topic. */
import { type Append, BatchBuilder } from '../broker/index.ts'
import { ByteWriter, shardOfKey } from '../codec/index.ts'
import { InternalError } from '../errors.ts'
import type { Context, PartialAggregator } from '../graph/index.ts'
import { ChunkWriter, type Mark } from './exchange-chunk.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'

/** A mark without elements is written at most so often. */
export const MARK_INTERVAL_MS = 100
/** A chunk is closed beyond this size, so that no record of the topic becomes too large. */
export const CHUNK_BYTES = 64_000
/** Partials that save less than half are not worth their time: single elements for so many commits. */
const PARTIALS_OFF_COMMITS = 50
/** What is written in place of a key where an element goes to all shards. */
const NO_KEY = ''

/** What a sender is made of. */
export interface TopicSenderParts {
  readonly topic: string
  readonly channel: string
  /** The exchange step, and all steps above it: when these have ended, so has the channel. */
  readonly step: string
  readonly above: ReadonlySet<string>
  readonly shards: number
  /** Whether each element goes to every shard, and not to that of its key. */
  readonly toAll: boolean
  readonly failures: FailureHandler
  /** How far the task's source partitions have been read, together; −1 for a task without any. */
  readonly sourcePosition: () => number
  /** Aggregates before the exchange, and who is to blame when that fails. */
  readonly partial: { readonly aggregator: PartialAggregator; readonly failures: FailureHandler } | undefined
}

interface ShardOut {
  readonly elements: ChunkWriter
  readonly partials: ChunkWriter
  readonly batch: BatchBuilder
  sent: Mark
  sentAt: number
}

/** Sends the elements of one task to the shards of a repartition topic. */
export class TopicSender implements Operator {
  readonly #parts: TopicSenderParts
  readonly #shards: readonly ShardOut[]
  readonly #scratch = new ByteWriter()
  #watermark = Number.NEGATIVE_INFINITY
  #idle = false
  #endedRun = 0
  /** Elements that went into partials since the last flush. */
  #aggregated = 0
  #partialsOff = 0

  constructor(parts: TopicSenderParts) {
    this.#parts = parts
    this.#shards = Array.from({ length: parts.shards }, () => ({
      elements: new ChunkWriter('elements'),
      partials: new ChunkWriter('partials'),
      batch: new BatchBuilder(),
      sent: { watermark: Number.NEGATIVE_INFINITY, idle: false, idleAt: -1, endedRun: 0 },
      sentAt: Number.NEGATIVE_INFINITY,
    }))
  }

  push(value: unknown, context: Context): void {
    if (this.#parts.toAll) return this.#pushToAll(value, context)
    const { key } = context
    if (key === undefined) throw new InternalError('an element without a key reached an exchange')
    if (this.#takePartial(value, context)) return
    const shard = this.#shards[shardOfKey(key, this.#shards.length)]
    if (shard === undefined) return
    try {
      shard.elements.addElement(key, value, context)
    } catch (thrown) {
      return this.#parts.failures.handle(thrown, value, context)
    }
    if (shard.elements.length > CHUNK_BYTES) this.#close(shard, shard.elements, shard.sent, 0)
  }

  advance(watermark: number, idle: boolean): void {
    if (watermark !== Number.POSITIVE_INFINITY) this.#watermark = watermark
    this.#idle = idle
  }

  /** Whether the end of this input must come before that of the channel. */
  dependsOn(input: string): boolean {
    return this.#parts.above.has(input)
  }

  /** Whether elements in flight at this step may still come by the channel. */
  isBelow(step: string): boolean {
    return step === this.#parts.step || this.#parts.above.has(step)
  }

  /** Nothing comes any more in this run. */
  end(run: number): void {
    this.#endedRun = run
  }

  /** Whether there is something that the receivers wait for. */
  hasPending(now: number): boolean {
    if (this.#aggregated > 0) return true
    return this.#shards.some(
      shard => shard.elements.rows > 0 || shard.batch.count > 0 || this.#isMarkDue(shard, now),
    )
  }

  /** The bytes since the last flush, partials apart. */
  get pendingBytes(): number {
    let bytes = 0
    for (const { elements, batch } of this.#shards) bytes += elements.length + batch.length
    return bytes
  }

  /** Everything since the last flush, marks after the elements that they cover. */
  flush(now: number): readonly Append[] {
    this.#drainPartials(now)
    const mark = this.#mark()
    const appends: Append[] = []
    this.#shards.forEach((shard, partition) => {
      if (shard.partials.rows > 0) this.#close(shard, shard.partials, shard.sent, now)
      if (shard.elements.rows > 0 || shard.batch.count > 0 || this.#isMarkDue(shard, now)) {
        this.#close(shard, shard.elements, mark, now)
        shard.sent = mark
        shard.sentAt = now
      }
      const batch = shard.batch.build()
      if (batch !== undefined) appends.push({ topic: this.#parts.topic, partition, batch })
    })
    return appends
  }

  /** A value that cannot travel fails at the first shard, and has gone to none. */
  #pushToAll(value: unknown, context: Context): void {
    for (const shard of this.#shards) {
      try {
        shard.elements.addElement(NO_KEY, value, context)
      } catch (thrown) {
        return this.#parts.failures.handle(thrown, value, context)
      }
      if (shard.elements.length > CHUNK_BYTES) this.#close(shard, shard.elements, shard.sent, 0)
    }
  }

  #takePartial(value: unknown, context: Context): boolean {
    const { partial } = this.#parts
    if (partial === undefined || this.#partialsOff > 0) return false
    try {
      const taken = partial.aggregator.add(value, context)
      if (taken) this.#aggregated++
      return taken
    } catch (thrown) {
      partial.failures.handle(thrown, value, context)
      return true
    }
  }

  #drainPartials(now: number): void {
    if (this.#partialsOff > 0) this.#partialsOff--
    const aggregator = this.#parts.partial?.aggregator
    if (aggregator === undefined || this.#aggregated === 0) return
    if (aggregator.size * 2 > this.#aggregated) this.#partialsOff = PARTIALS_OFF_COMMITS
    this.#aggregated = 0
    aggregator.drain((key, partial) => {
      const shard = this.#shards[shardOfKey(key, this.#shards.length)]
      if (shard === undefined) return
      shard.partials.addPartial(key, partial)
      if (shard.partials.length > CHUNK_BYTES) this.#close(shard, shard.partials, shard.sent, now)
    })
  }

  #mark(): Mark {
    const idleAt = this.#idle ? this.#parts.sourcePosition() : -1
    return { watermark: this.#watermark, idle: this.#idle, idleAt, endedRun: this.#endedRun }
  }

  #isMarkDue(shard: ShardOut, now: number): boolean {
    if (this.#endedRun !== shard.sent.endedRun) return true
    const mark = this.#mark()
    const { sent } = shard
    if (mark.watermark === sent.watermark && mark.idle === sent.idle && mark.idleAt === sent.idleAt)
      return false
    return now - shard.sentAt >= MARK_INTERVAL_MS || now < shard.sentAt
  }

  #close(shard: ShardOut, chunk: ChunkWriter, mark: Mark, now: number): void {
    this.#scratch.clear()
    chunk.finish(this.#parts.channel, mark, this.#scratch)
    shard.batch.appendWritten(null, this.#scratch, now)
  }
}
