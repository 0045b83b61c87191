/** Reads one shard of a repartition topic, chunk by chunk. */
import { BatchCursor, type Reader } from '../broker/index.ts'
import { newContext } from '../graph/index.ts'
import type { InputProgress } from '../observe/index.ts'
import { ChunkReader } from './exchange-chunk.ts'
import type { ExchangeEntrance } from './exchange-entrance.ts'
import type { FailureHandler } from './failure.ts'
import type { ProcessOperator } from './process-operator.ts'
import type { InputProgressState } from './progress.ts'
import type { Scope } from './scope.ts'
import type { Slice } from './slice.ts'
import type { TaskInput } from './task-input.ts'

/** What an exchange input is made of. */
export interface ExchangeParts {
  readonly entrance: ExchangeEntrance
  readonly topic: string
  readonly partition: number
  readonly reader: Reader
  readonly position: number
  readonly epoch: number
  readonly scope: Scope
  readonly failures: FailureHandler
  /** Takes partial aggregates. */
  readonly partialFor: () => ProcessOperator | undefined
  /** Whether the producers are other tasks that write to the topic in this run. */
  readonly live: boolean
}

/** One shard of a repartition topic. */
export class ExchangeInput implements TaskInput {
  readonly kind = 'exchange'
  readonly step: string
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  position: number
  readonly #parts: ExchangeParts
  readonly #cursor = new BatchCursor()
  readonly #context = newContext()
  #loaded = false
  #released = false

  constructor(parts: ExchangeParts) {
    this.#parts = parts
    this.step = parts.entrance.step
    this.topic = parts.topic
    this.partition = parts.partition
    this.epoch = parts.epoch
    this.position = parts.position
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

  get isAtEnd(): boolean {
    return !this.#loaded && this.position >= this.#parts.reader.end()
  }

  poll(): boolean {
    if (this.#loaded) return true
    const batch = this.#parts.reader.poll()
    if (batch === undefined) return false
    this.#cursor.load(batch)
    this.#loaded = true
    return true
  }

  run(slice: Slice): void {
    const { scope } = this.#parts
    while (this.#cursor.next()) {
      if (this.#cursor.offset < this.position) continue
      this.#process(this.#cursor)
      this.position = this.#cursor.offset + 1
      if (scope.failure !== undefined || scope.blocked > 0 || slice.isOver()) {
        if (this.#cursor.remaining > 0) return
        break
      }
    }
    this.#loaded = false
  }

  /** In memory, producers take over once the topic is consumed; says whether they have. */
  releaseIfConsumed(): boolean {
    if (this.#parts.live || this.#released) return true
    if (!this.isAtEnd) return false
    this.#released = true
    this.#parts.entrance.release()
    return true
  }

  progress(): Pick<InputProgressState, 'lanes' | 'channels'> {
    return { lanes: {}, channels: this.#parts.entrance.progress() }
  }

  restore(progress: InputProgressState): void {
    this.#parts.entrance.restore(progress.channels)
  }

  describe(): InputProgress {
    const watermark = this.watermark
    return {
      step: this.step,
      partition: this.partition,
      position: this.position,
      lag: Math.max(0, this.#parts.reader.end() - this.position),
      watermark: Number.isFinite(watermark) ? watermark : null,
      idle: false,
    }
  }

  close(): void {
    this.#parts.reader.close()
  }

  #process(cursor: BatchCursor): void {
    const { entrance, failures } = this.#parts
    const context = this.#context
    let chunk: ChunkReader
    try {
      chunk = new ChunkReader(cursor.bytes, cursor.valueStart, cursor.valueEnd)
      if (chunk.kind === 'partials') this.#processPartials(chunk)
      else while (chunk.hasNext) entrance.next.push(chunk.nextElement(context), context)
    } catch (thrown) {
      context.offset = cursor.offset
      return failures.handle(thrown, undefined, context)
    }
    const { watermark, idle, endedRun } = chunk.mark
    entrance.advance(entrance.numberOf(chunk.channel), watermark, idle, endedRun)
  }

  #processPartials(chunk: ChunkReader): void {
    const target = this.#parts.partialFor()
    while (chunk.hasNext) target?.pushPartial(chunk.nextPartial(this.#context), this.#context)
  }
}
