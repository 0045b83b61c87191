/**
 * What all inputs share: batches come from a reader, records from a cursor, and a slice may end in the
 * middle of a batch, which then stays for the next one.
 */
import { BatchCursor, type Reader, type RecordBatch } from '../broker/index.ts'
import type { ChannelWatermark, InputProgress } from '../observe/index.ts'
import type { InputProgressState } from './progress.ts'
import type { Scope } from './scope.ts'
import type { Slice } from './slice.ts'
import type { TaskInput } from './task-input.ts'

/** What every input is made of. */
export interface InputParts {
  readonly partition: number
  readonly reader: Reader
  readonly position: number
  readonly epoch: number
  readonly scope: Scope
}

/** An input that reads a partition batch by batch. */
export abstract class BatchInput implements TaskInput {
  abstract readonly kind: TaskInput['kind']
  abstract readonly step: string
  abstract readonly topic: string
  readonly partition: number
  readonly epoch: number
  position: number
  protected readonly scope: Scope
  /** The offset at which this run ends. */
  protected readonly end: number
  /** How many records it has read since the start. */
  read = 0
  readonly #reader: Reader
  readonly #cursor = new BatchCursor()
  #loaded = false
  /** Behind the batch that is loaded. */
  #batchEnd = 0

  constructor(parts: InputParts, end: number) {
    this.partition = parts.partition
    this.epoch = parts.epoch
    this.position = parts.position
    this.scope = parts.scope
    this.end = end
    this.#reader = parts.reader
  }

  abstract readonly watermark: number
  abstract readonly hasEnded: boolean
  abstract progress(): Pick<InputProgressState, 'lanes' | 'channels'>
  abstract restore(progress: InputProgressState): void
  /** Processes the record that the cursor stands on. */
  protected abstract process(cursor: BatchCursor): void
  /** Told of each batch before its first record. */
  protected abstract loaded(batch: RecordBatch): void
  /** Whether it is passed over when watermarks are merged. */
  protected abstract readonly isIdle: boolean

  get isAtEnd(): boolean {
    return !this.#loaded && this.position >= Math.min(this.#reader.end(), this.end)
  }

  poll(): boolean {
    if (this.#loaded) return true
    const batch = this.position < this.end ? this.#reader.poll() : undefined
    if (batch === undefined) return false
    this.#cursor.load(batch)
    this.#loaded = true
    this.#batchEnd = batch.baseOffset + batch.count
    this.loaded(batch)
    return true
  }

  run(slice: Slice): void {
    const cursor = this.#cursor
    const { scope, end } = this
    let read = 0
    while (cursor.next()) {
      if (cursor.offset < this.position) continue
      if (cursor.offset >= end) break
      read++
      this.process(cursor)
      this.position = cursor.offset + 1
      if (scope.failure !== undefined || scope.blocked > 0 || slice.isOver()) {
        if (cursor.remaining === 0) break
        this.read += read
        return
      }
    }
    this.read += read
    // compaction may have removed the last records of a batch, or all
    this.position = Math.max(this.position, Math.min(this.#batchEnd, end))
    this.#loaded = false
  }

  describe(): InputProgress {
    return {
      kind: this.kind,
      step: this.step,
      partition: this.partition,
      position: this.position,
      lag: Math.max(0, this.#reader.end() - this.position),
      watermark: Number.isFinite(this.watermark) ? this.watermark : null,
      idle: this.isIdle,
      channels: this.channelWatermarks(),
    }
  }

  /** The channels that make its watermark, where it is not its own. */
  protected channelWatermarks(): readonly ChannelWatermark[] {
    return []
  }

  close(): void {
    this.#reader.close()
  }
}
