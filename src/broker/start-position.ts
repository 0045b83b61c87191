/** Where a new group begins: what each `StartPosition` means, the same on every broker. */
import { unreachable } from '../errors.ts'
import type { StartPosition } from './broker.ts'
import { BatchCursor, type RecordBatch } from './record-batch.ts'

/** What has to be known of a partition to resolve a start position. */
export interface StartLookup {
  readonly start: number
  readonly end: number
  /** The first batch that holds offsets from `offset` on and a timestamp at or after `timeMs`. */
  batchByTime(offset: number, timeMs: number): RecordBatch | undefined
}

/** The offset that a start position stands for. */
export function resolveStart(position: StartPosition, partition: StartLookup): number {
  switch (position.kind) {
    case 'earliest':
      return partition.start
    case 'latest':
      return partition.end
    case 'offset':
      return Math.min(Math.max(position.offset, partition.start), partition.end)
    case 'time':
      return offsetByTime(position.timeMs, partition)
    default:
      return unreachable(position)
  }
}

function offsetByTime(timeMs: number, partition: StartLookup): number {
  let from = partition.start
  const cursor = new BatchCursor()
  for (;;) {
    const batch = partition.batchByTime(from, timeMs)
    if (batch === undefined) return partition.end
    cursor.load(batch)
    while (cursor.next()) if (cursor.offset >= from && cursor.timestamp >= timeMs) return cursor.offset
    // only records before the start matched: the batch is partly purged
    from = batch.baseOffset + batch.count
  }
}
