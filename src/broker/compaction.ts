/**
 * Compaction: of the records with the same key, only the last one stays.
 *
 * It needs two looks at a log: one that finds the newest offset of each key in the part that came
 * since the last time, and one that rewrites what lies before. A record goes only if one with a
 * larger offset and the same key is there; so it does not matter when the work is cut off between
 * two batches, nor whether somebody else does the same at the same time.
 */
import { BatchBuilder, BatchCursor, type EncodedBatch, type RecordBatch } from './record-batch.ts'

/** Batches from here on are large enough to stay on their own. */
const LARGE_BATCH_BYTES = 16 * 1024
/** So much memory for keys at most; what comes behind has to wait for the next time. */
const MAX_KEY_BYTES = 32 * 1024 * 1024
/** What an entry of the map takes beside its key, about. */
const ENTRY_BYTES = 64

/** The newest offset of each key in a stretch of a log. */
export class KeyOffsets {
  readonly #offsets = new Map<string, number>()
  readonly #cursor = new BatchCursor()
  #bytes = 0

  /** Whether no further batch should be added. */
  get isFull(): boolean {
    return this.#bytes >= MAX_KEY_BYTES
  }

  /** Adds a batch that follows those that were added before. */
  add(batch: RecordBatch): void {
    const cursor = this.#cursor
    cursor.load(batch)
    while (cursor.next()) {
      const key = keyOf(cursor)
      if (key === undefined) continue
      if (!this.#offsets.has(key)) this.#bytes += key.length + ENTRY_BYTES
      this.#offsets.set(key, Math.max(cursor.offset, this.#offsets.get(key) ?? -1))
    }
  }

  /** Whether a record of this key with a larger offset is known. */
  isReplaced(key: string, offset: number): boolean {
    return (this.#offsets.get(key) ?? -1) > offset
  }
}

/**
 * One batch in the place of `batches`, which follow one another: without the records that `newer`
 * replaces, and without the tombstones of batches that were appended before `tombstonesBefore`.
 * Undefined when nothing is to be removed, and the batches are not so small that they belong together.
 */
export function compactBatches(
  batches: readonly RecordBatch[],
  newer: KeyOffsets,
  tombstonesBefore: number,
): EncodedBatch | undefined {
  const builder = new BatchBuilder()
  const cursor = new BatchCursor()
  let removed = 0
  let gap = 0
  for (const batch of batches) {
    const dropTombstones = (batch.appendTime ?? tombstonesBefore) < tombstonesBefore
    let next = batch.baseOffset
    cursor.load(batch)
    while (cursor.next()) {
      gap += cursor.offset - next
      next = cursor.offset + 1
      const key = keyOf(cursor)
      const isOver =
        key !== undefined &&
        (newer.isReplaced(key, cursor.offset) || (dropTombstones && cursor.valueStart < 0))
      if (isOver) {
        gap++
        removed++
        continue
      }
      if (gap > 0) builder.gap(gap)
      gap = 0
      builder.append(cursor.key(), cursor.value(), cursor.timestamp, cursor.headers())
    }
    gap += batch.baseOffset + batch.count - next
  }
  if (gap > 0) builder.gap(gap)
  const belongTogether = batches.length > 1 && batches.every(({ bytes }) => bytes.length < LARGE_BATCH_BYTES)
  return removed > 0 || belongTogether ? builder.build() : undefined
}

/** The key as a text with one character per byte, or undefined for none. */
function keyOf(cursor: BatchCursor): string | undefined {
  return cursor.key()?.toString('latin1')
}
