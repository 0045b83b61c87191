/** Reads one shard of a repartition topic, chunk by chunk. */
import type { BatchCursor } from '../broker/index.ts'
import { newContext } from '../graph/index.ts'
import type { ChannelWatermark } from '../observe/index.ts'
import { BatchInput, type InputParts } from './batch-input.ts'
import { ChunkReader } from './exchange-chunk.ts'
import type { ExchangeEntrance } from './exchange-entrance.ts'
import type { FailureHandler } from './failure.ts'
import type { ProcessOperator } from './process-operator.ts'
import type { InputProgressState } from './progress.ts'

/** What an exchange input is made of. */
export interface ExchangeParts extends InputParts {
  readonly entrance: ExchangeEntrance
  readonly topic: string
  readonly failures: FailureHandler
  /** Takes partial aggregates. */
  readonly partialFor: () => ProcessOperator | undefined
  /** Whether the producers are other tasks that write to the topic in this run. */
  readonly live: boolean
}

/** One shard of a repartition topic. */
export class ExchangeInput extends BatchInput {
  readonly kind = 'exchange'
  readonly step: string
  readonly topic: string
  protected readonly isIdle = false
  /** How many elements it has handed on since the start, those in partial aggregates included. */
  received = 0
  readonly #parts: ExchangeParts
  readonly #context = newContext()

  constructor(parts: ExchangeParts) {
    super(parts, Number.POSITIVE_INFINITY)
    this.#parts = parts
    this.step = parts.entrance.step
    this.topic = parts.topic
  }

  get watermark(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const channel of this.#parts.entrance.progress()) lowest = Math.min(lowest, channel.watermark)
    return lowest
  }

  /** In memory, the producers end it; over a topic, their marks do. */
  get hasEnded(): boolean {
    return this.isAtEnd && (!this.#parts.live || this.#parts.entrance.hasEnded)
  }

  progress(): Pick<InputProgressState, 'lanes' | 'channels'> {
    return { lanes: {}, channels: this.#parts.entrance.progress() }
  }

  restore(progress: InputProgressState): void {
    this.#parts.entrance.restore(progress.channels)
  }

  protected override channelWatermarks(): readonly ChannelWatermark[] {
    return this.#parts.entrance.progress().map(({ channel, watermark, idleRun }) => ({
      channel,
      watermark: Number.isFinite(watermark) ? watermark : null,
      idle: idleRun !== 0,
    }))
  }

  protected loaded(): void {
    // Chunks say themselves where they come from.
  }

  protected process(cursor: BatchCursor): void {
    const { entrance, failures } = this.#parts
    const context = this.#context
    let chunk: ChunkReader
    try {
      chunk = new ChunkReader(cursor.bytes, cursor.valueStart, cursor.valueEnd)
      if (chunk.kind === 'partials') this.#processPartials(chunk)
      else this.#processElements(chunk)
    } catch (thrown) {
      context.offset = cursor.offset
      return failures.handle(thrown, undefined, context)
    }
    const { watermark, idle, idleAt, endedRun } = chunk.mark
    entrance.advance(entrance.numberOf(chunk.channel), watermark, idle, { idleAt, endedRun })
  }

  #processElements(chunk: ChunkReader): void {
    const { next } = this.#parts.entrance
    const context = this.#context
    for (; chunk.hasNext; this.received++) next.push(chunk.nextElement(context), context)
  }

  #processPartials(chunk: ChunkReader): void {
    const target = this.#parts.partialFor()
    while (chunk.hasNext) {
      const partial = chunk.nextPartial(this.#context)
      this.received += partial.count
      target?.pushPartial(partial, this.#context)
    }
  }
}
