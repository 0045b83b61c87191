/** One partition of a memory broker: its batches in an array, and the readers on it. */
import type { PartitionInfo, Reader } from '../broker.ts'
import { offsetOutOfRange, topicDeleted } from '../broker-errors.ts'
import type { BatchHead } from '../cleaner.ts'
import type { EncodedBatch, RecordBatch } from '../record-batch.ts'

/** A partition's log. Batches are kept as they came, never copied. */
export class MemoryPartition implements PartitionInfo {
  start = 0
  end = 0
  bytes = 0
  /** Up to here it has been compacted, and so many bytes were left there. */
  cleanOffset = 0
  cleanBytes = 0
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
    const keptBytes = bytesOf(kept)
    this.cleanBytes = Math.max(0, this.cleanBytes - (this.bytes - keptBytes))
    this.bytes = keptBytes
  }

  /** The oldest batches, in order. */
  oldest(limit: number): readonly BatchHead[] {
    return this.#batches.slice(0, limit).map(({ baseOffset, count, bytes, appendTime = 0 }) => ({
      baseOffset,
      count,
      appendTime,
      bytes: bytes.length,
    }))
  }

  /** Batches in order from the one that holds `offset` on: one, and more up to `most` bytes. */
  batchesFrom(offset: number, most: number): readonly RecordBatch[] {
    const first = this.#indexOf(offset)
    let bytes = 0
    let next = first
    for (let batch = this.#batches[next]; batch !== undefined; batch = this.#batches[++next]) {
      bytes += batch.bytes.length
      if (next > first && bytes > most) break
    }
    return this.#batches.slice(first, next)
  }

  /** Puts one batch in the place of several that follow one another. */
  replace(batches: readonly RecordBatch[], by: EncodedBatch): void {
    const [first] = batches
    if (first === undefined) return
    const appendTime = Math.max(...batches.map(batch => batch.appendTime ?? 0))
    const { baseOffset } = first
    this.#batches.splice(this.#indexOf(baseOffset), batches.length, { ...by, baseOffset, appendTime })
    this.bytes += by.bytes.length - bytesOf(batches)
  }

  markClean(offset: number, bytes: number): void {
    this.cleanOffset = offset
    this.cleanBytes = bytes
  }

  /** The batch that holds an offset. */
  batchAt(offset: number): RecordBatch | undefined {
    return this.#batches[this.#indexOf(offset)]
  }

  batchByTime(offset: number, timeMs: number): RecordBatch | undefined {
    return this.#batches.find(
      batch => batch.baseOffset + batch.count > offset && batch.maxTimestamp >= timeMs,
    )
  }

  /** The same batches, which no longer change. */
  copy(): MemoryPartition {
    const copy = new MemoryPartition(this.topic, this.partition)
    copy.start = this.start
    copy.end = this.end
    copy.bytes = this.bytes
    copy.#batches = [...this.#batches]
    return copy
  }

  /** Forgets everything; its readers find out at their next poll. */
  delete(): void {
    this.deleted = true
    this.#batches = []
  }

  /** Where the first batch stands that ends behind an offset. */
  #indexOf(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const batch = this.#batches[middle]
      if (batch !== undefined && batch.baseOffset + batch.count <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

function bytesOf(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
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
    const from = this.#position
    const batch = partition.batchAt(from)
    if (batch === undefined) return undefined
    this.#position = batch.baseOffset + batch.count
    return batch.baseOffset < from ? { ...batch, from } : batch
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
