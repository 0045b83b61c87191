/**
 * Reads one partition of a broker file.
 *
 * Several small batches are fetched with one query and handed out one by one; their checksums are
 * checked as they are handed out, so that a damaged batch does not hide the sound ones before it.
 */
import type { Reader } from '../broker.ts'
import { offsetOutOfRange, topicDeleted, usedAfterClose } from '../broker-errors.ts'
import type { RecordBatch } from '../record-batch.ts'
import { BATCH_COLUMNS, type BatchPlace, batchOf, corruptBatch } from './batch-row.ts'
import type { ChangeWatch } from './change-watch.ts'
import { bytesAt, type Connection, numberAt, type Row } from './connection.ts'

const PREFETCH_BATCHES = 64
const PREFETCH_BYTES = 1024 * 1024

const SELECT_BOUNDS = 'SELECT start_offset, end_offset FROM partitions WHERE id = ?'
// from the batch that holds the position on
const SELECT_BATCHES = `
  SELECT ${BATCH_COLUMNS} FROM batches WHERE partition_id = ? AND base_offset >= coalesce(
    (SELECT max(base_offset) FROM batches WHERE partition_id = ? AND base_offset <= ?), 0)
  ORDER BY base_offset LIMIT ${PREFETCH_BATCHES}`

export interface LogReaderOptions {
  readonly connection: Connection
  /** Says whether the bounds may have changed. */
  readonly changes: Pick<ChangeWatch, 'version'>
  readonly topic: string
  readonly partition: number
  /** The partition's row. */
  readonly id: number
  readonly offset: number
}

/** A reader of one partition of a broker file. */
export class LogReader implements Reader {
  readonly #connection: Connection
  readonly #changes: Pick<ChangeWatch, 'version'>
  readonly #place: BatchPlace
  readonly #id: number
  #position: number
  #fetched: readonly Row[] = []
  #taken = 0
  #start = 0
  #end = 0
  /** The version of the file at which the bounds were read. */
  #version = -1

  constructor(options: LogReaderOptions) {
    const { topic, partition } = options
    this.#connection = options.connection
    this.#changes = options.changes
    this.#place = { topic, partition, path: options.connection.path }
    this.#id = options.id
    this.#position = options.offset
  }

  get position(): number {
    return this.#position
  }

  poll(): RecordBatch | undefined {
    const row = this.#fetched[this.#taken] ?? this.#connection.read(() => this.#fetch())
    if (row === undefined) return undefined
    const from = this.#position
    const batch = batchOf(row, this.#place)
    if (batch.baseOffset > from) throw corruptBatch(this.#place, this.#position, 'it is missing')
    this.#taken++
    this.#position = batch.baseOffset + batch.count
    return batch.baseOffset < from ? { ...batch, from } : batch
  }

  seek(offset: number): void {
    this.#position = offset
    this.#forget()
  }

  end(): number {
    return this.#connection.read(() => {
      this.#refresh()
      return this.#end
    })
  }

  close(): void {
    this.#forget()
  }

  #forget(): void {
    this.#fetched = []
    this.#taken = 0
  }

  /** Fetches what comes next, and gives its first row. */
  #fetch(): Row | undefined {
    this.#forget()
    this.#refresh()
    const offset = this.#position
    if (offset < this.#start || offset > this.#end) throw this.#outOfRange()
    if (offset === this.#end) return undefined
    this.#fetched = this.#rowsFrom(offset)
    const first = this.#fetched[0]
    if (first !== undefined && numberAt(first, 0, this.#place.path) <= offset) return first
    // another process may have purged between the two queries
    this.#readBounds()
    if (offset < this.#start) throw this.#outOfRange()
    throw corruptBatch(this.#place, offset, 'it is missing')
  }

  #rowsFrom(offset: number): readonly Row[] {
    const rows: Row[] = []
    let bytes = 0
    for (const row of this.#connection.each(SELECT_BATCHES, this.#id, this.#id, offset)) {
      rows.push(row)
      bytes += bytesAt(row, 5, this.#place.path).length
      if (bytes >= PREFETCH_BYTES) break
    }
    return rows
  }

  #refresh(): void {
    if (!this.#connection.isOpen) throw usedAfterClose(`file:${this.#place.path}`)
    const version = this.#changes.version()
    if (version === this.#version) return
    this.#readBounds()
    this.#version = version
  }

  #readBounds(): void {
    const row = this.#connection.get(SELECT_BOUNDS, this.#id)
    if (row === undefined) throw topicDeleted(this.#place.topic, this.#place.partition)
    this.#start = numberAt(row, 0, this.#place.path)
    this.#end = numberAt(row, 1, this.#place.path)
  }

  #outOfRange(): Error {
    const { topic, partition } = this.#place
    return offsetOutOfRange(topic, partition, this.#position, { start: this.#start, end: this.#end })
  }
}
