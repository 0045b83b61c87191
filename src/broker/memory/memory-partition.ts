/** One partition of a memory broker: its batches in an array, and the readers on it. */
import type { PartitionInfo, Reader } from '../broker.ts'
import { offsetOutOfRange, topicDeleted } from '../broker-errors.ts'
import type { EncodedBatch, RecordBatch } from '../record-batch.ts'

/** A partition's log. Batches are kept as they came, never copied. */
export class MemoryPartition implements PartitionInfo {
  start = 0
  end = 0
  bytes = 0
  deleted = false
  readonly topic: string
  readonly partition: number
  #batches: RecordBatch[] = []

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Appends a batch and gives its base offset. */
  append(batch: EncodedBatch, appendTime: number): number {
    const baseOffset = this.end
    const { count, maxTimestamp, bytes } = batch
    this.#batches.push({ baseOffset, count, maxTimestamp, bytes, appendTime })
    this.end += count
    this.bytes += bytes.length
    return baseOffset
  }

  /** Drops the batches that lie wholly before an offset. */
  purge(before: number): void {
    this.start = Math.max(this.start, Math.min(before, this.end))
    const kept = this.#batches.filter(batch => batch.baseOffset + batch.count > this.start)
    if (kept.length === this.#batches.length) return
    this.#batches = kept
    this.bytes = kept.reduce((sum, batch) => sum + batch.bytes.length, 0)
  }

  /** The batch that holds an offset. */
  batchAt(offset: number): RecordBatch | undefined {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const batch = this.#batches[middle]
      if (batch !== undefined && batch.baseOffset + batch.count <= offset) low = middle + 1
      else high = middle
    }
    return this.#batches[low]
  }

  batchByTime(offset: number, timeMs: number): RecordBatch | undefined {
    return this.#batches.find(
      batch => batch.baseOffset + batch.count > offset && batch.maxTimestamp >= timeMs,
    )
  }

  /** Forgets everything; its readers find out at their next poll. */
  delete(): void {
    this.deleted = true
    this.#batches = []
  }
}

/** Reads a memory partition. */
export class MemoryReader implements Reader {
  #partition: MemoryPartition
  #position: number

  constructor(partition: MemoryPartition, offset: number) {
    this.#partition = partition
    this.#position = offset
  }

  get position(): number {
    return this.#position
  }

  poll(): RecordBatch | undefined {
    const partition = this.#live()
    if (this.#position < partition.start || this.#position > partition.end) {
      throw offsetOutOfRange(partition.topic, partition.partition, this.#position, partition)
    }
    const batch = partition.batchAt(this.#position)
    if (batch !== undefined) this.#position = batch.baseOffset + batch.count
    return batch
  }

  seek(offset: number): void {
    this.#position = offset
  }

  end(): number {
    return this.#live().end
  }

  close(): void {}

  #live(): MemoryPartition {
    if (this.#partition.deleted) throw topicDeleted(this.#partition.topic, this.#partition.partition)
    return this.#partition
  }
}
