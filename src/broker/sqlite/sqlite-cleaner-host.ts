/** What retention and compaction need of a broker file. */
import { crc32 } from 'node:zlib'
import type { TopicInfo } from '../broker.ts'
import type { BatchHead, CleanableLog, CleanerHost } from '../cleaner.ts'
import type { EncodedBatch, RecordBatch } from '../record-batch.ts'
import { BATCH_COLUMNS, batchOf } from './batch-row.ts'
import { type Connection, numberAt } from './connection.ts'
import type { PartitionLogs } from './partition-log.ts'

/** Batches of a few records are many; so many rows are looked at in one go. */
const MAX_ROWS = 256

const SELECT_LOG = `
  SELECT id, start_offset, end_offset, bytes, clean_offset, clean_bytes
  FROM partitions WHERE topic = ? AND partition = ?`
const SELECT_FROM = `
  SELECT ${BATCH_COLUMNS} FROM batches WHERE partition_id = ? AND base_offset >= coalesce(
    (SELECT max(base_offset) FROM batches WHERE partition_id = ? AND base_offset <= ?), 0)
  ORDER BY base_offset LIMIT ${MAX_ROWS}`

/** Reads and writes through the connection of its broker. */
export class SqliteCleanerHost implements CleanerHost {
  readonly #connection: Connection
  readonly #logs: PartitionLogs

  constructor(connection: Connection, logs: PartitionLogs) {
    this.#connection = connection
    this.#logs = logs
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  ruledTopics(): readonly TopicInfo[] {
    return this.#logs.ruledTopics()
  }

  log(topic: string, partition: number): CleanableLog | undefined {
    const rules = this.#logs.topic(topic)
    const row = this.#connection.get(SELECT_LOG, topic, partition)
    if (rules === undefined || row === undefined) return undefined
    const [id = 0, start = 0, end = 0, bytes = 0, cleanOffset = 0, cleanBytes = 0] = row.map((_, column) =>
      numberAt(row, column, this.#connection.path),
    )
    return {
      rules,
      start,
      end,
      bytes,
      cleanOffset,
      cleanBytes,
      lowestPosition: () => this.#lowestPosition(topic, partition),
      oldest: limit => this.#oldest(id, limit),
      batchesFrom: (offset, most) => this.#batchesFrom({ topic, partition, id, offset }, most),
      purge: before => this.#logs.purge({ topic, partition, before }),
      replace: (batches, by) => this.#replace(id, batches, by),
      markClean: (offset, kept) => {
        this.#connection.run(
          'UPDATE partitions SET clean_offset = ?, clean_bytes = ? WHERE id = ?',
          offset,
          kept,
          id,
        )
      },
    }
  }

  attempt(work: () => void): boolean {
    return this.#connection.attempt(work)
  }

  #lowestPosition(topic: string, partition: number): number {
    const row = this.#connection.get(
      'SELECT min(next) FROM positions WHERE topic = ? AND partition = ?',
      topic,
      partition,
    )
    return typeof row?.[0] === 'number' ? row[0] : Number.POSITIVE_INFINITY
  }

  #oldest(id: number, limit: number): readonly BatchHead[] {
    const { path } = this.#connection
    return this.#connection
      .all(
        'SELECT base_offset, count, length(bytes), append_time FROM batches WHERE partition_id = ? ORDER BY base_offset LIMIT ?',
        id,
        limit,
      )
      .map(row => ({
        baseOffset: numberAt(row, 0, path),
        count: numberAt(row, 1, path),
        bytes: numberAt(row, 2, path),
        appendTime: numberAt(row, 3, path),
      }))
  }

  #batchesFrom(
    { topic, partition, id, offset }: { topic: string; partition: number; id: number; offset: number },
    most: number,
  ): readonly RecordBatch[] {
    const batches: RecordBatch[] = []
    let bytes = 0
    for (const row of this.#connection.each(SELECT_FROM, id, id, offset)) {
      const batch = batchOf(row, { topic, partition, path: this.#connection.path })
      bytes += batch.bytes.length
      if (batches.length > 0 && bytes > most) break
      batches.push(batch)
    }
    return batches
  }

  #replace(id: number, batches: readonly RecordBatch[], by: EncodedBatch): void {
    const [first, last] = [batches[0], batches.at(-1)]
    if (first === undefined || last === undefined) return
    this.#connection.run(
      'DELETE FROM batches WHERE partition_id = ? AND base_offset BETWEEN ? AND ?',
      id,
      first.baseOffset,
      last.baseOffset,
    )
    this.#connection.run(
      'INSERT INTO batches (partition_id, base_offset, count, max_timestamp, append_time, crc, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      first.baseOffset,
      by.count,
      by.maxTimestamp,
      Math.max(...batches.map(batch => batch.appendTime ?? 0)),
      crc32(by.bytes),
      by.bytes,
    )
    const before = batches.reduce((sum, batch) => sum + batch.bytes.length, 0)
    this.#connection.run('UPDATE partitions SET bytes = bytes + ? WHERE id = ?', by.bytes.length - before, id)
  }
}
