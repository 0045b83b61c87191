/** A batch as a row of a broker file, checked by its checksum. */
import { crc32 } from 'node:zlib'
import { BrokerError } from '../../errors.ts'
import { place } from '../broker-errors.ts'
import type { RecordBatch } from '../record-batch.ts'
import { bytesAt, numberAt, type Row } from './connection.ts'

/** The columns that `batchOf` reads, in its order. */
export const BATCH_COLUMNS = 'base_offset, count, max_timestamp, append_time, crc, bytes'

/** Where a row was found, for messages. */
export interface BatchPlace {
  readonly topic: string
  readonly partition: number
  readonly path: string
}

/** The batch of a row. Throws `BROKER_CORRUPT` when the bytes are not those that were written. */
export function batchOf(row: Row, at: BatchPlace): RecordBatch {
  const baseOffset = numberAt(row, 0, at.path)
  const bytes = bytesAt(row, 5, at.path)
  if (crc32(bytes) !== numberAt(row, 4, at.path))
    throw corruptBatch(at, baseOffset, 'its checksum does not match')
  return {
    baseOffset,
    count: numberAt(row, 1, at.path),
    maxTimestamp: numberAt(row, 2, at.path),
    appendTime: numberAt(row, 3, at.path),
    bytes,
  }
}

export function corruptBatch(
  { topic, partition, path }: BatchPlace,
  offset: number,
  what: string,
): BrokerError {
  return new BrokerError(
    'BROKER_CORRUPT',
    `the batch at offset ${offset} of ${place(topic, partition)} in ${path} is damaged: ${what}; ` +
      'check the disk and restore a backup, or continue after this batch',
  )
}
