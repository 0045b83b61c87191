/**
 * The same job by hand: reads the same blobs from the same SQLite file, extracts the same fields with
 * the same extractor, keeps exact sums in a Map, and writes the same results, the changed sums and the
 * positions in one transaction at the same interval.
 */
import { DatabaseSync } from 'node:sqlite'
import { BatchBuilder, BatchCursor } from '../src/broker/index.ts'
import { ByteWriter, json, msgpack } from '../src/codec/index.ts'
import { addToSum, type ExactSum, newSum, sumOf, sumToState } from '../src/operators/folds/exact-sum.ts'
import { burn } from './burn.ts'
import { READING, SUM } from './job-program.ts'

const WINDOW_MS = 5000
const BOUND_MS = 1000
const COMMIT_INTERVAL_MS = 100

interface Sum {
  readonly sensor: string
  readonly start: number
  readonly sum: ExactSum
  changed: boolean
}

/** Runs the job over these partitions of the file. */
export function runBaseline(file: string, partitions: readonly number[]): void {
  const job = new Baseline(file)
  for (const partition of partitions) job.run(partition)
  job.close()
}

class Baseline {
  readonly #database: DatabaseSync
  readonly #reading = json(READING)
  readonly #result = json(SUM)
  readonly #state = msgpack<unknown>()
  readonly #writer = new ByteWriter()
  readonly #out = new BatchBuilder()
  readonly #changes = new BatchBuilder()
  readonly #keys = new ByteWriter()
  #windows = new Map<number, Map<string, Sum>>()
  #changed: Sum[] = []
  #watermark = Number.NEGATIVE_INFINITY
  #committedAt = performance.now()

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 10_000 })
    this.#database.exec(`
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS by_hand_log (id INTEGER PRIMARY KEY, kind TEXT, bytes BLOB);
      CREATE TABLE IF NOT EXISTS by_hand_position (part INTEGER PRIMARY KEY, next INTEGER)`)
  }

  run(partition: number): void {
    const rows = this.#database.prepare(
      `SELECT base_offset, count, bytes FROM batches
         WHERE partition_id = (SELECT id FROM partitions WHERE topic = 'readings' AND partition = ?)
         AND base_offset >= ? ORDER BY base_offset LIMIT 16`,
    )
    let next = 0
    const cursor = new BatchCursor()
    this.#watermark = Number.NEGATIVE_INFINITY
    for (;;) {
      const batches = rows.all(partition, next) as { base_offset: number; count: number; bytes: Uint8Array }[]
      if (batches.length === 0) break
      for (const batch of batches) {
        const { base_offset: baseOffset, count, bytes } = batch
        cursor.load({ baseOffset, count, bytes, maxTimestamp: 0, appendTime: undefined })
        while (cursor.next()) {
          const { sensor, time, value } = this.#reading.decode(
            cursor.bytes,
            cursor.valueStart,
            cursor.valueEnd,
          )
          burn()
          this.#add(sensor, time, value)
        }
        next = baseOffset + count
        if (performance.now() - this.#committedAt >= COMMIT_INTERVAL_MS) this.#commit(partition, next)
      }
    }
    this.#close(Number.POSITIVE_INFINITY)
    this.#commit(partition, next)
  }

  close(): void {
    this.#database.close()
  }

  #add(sensor: string, time: number, value: number): void {
    const start = time - (time % WINDOW_MS)
    if (start + WINDOW_MS - 1 <= this.#watermark) return
    let window = this.#windows.get(start)
    if (window === undefined) {
      window = new Map()
      this.#windows.set(start, window)
    }
    let entry = window.get(sensor)
    if (entry === undefined) {
      entry = { sensor, start, sum: newSum(), changed: false }
      window.set(sensor, entry)
    }
    addToSum(entry.sum, value)
    if (!entry.changed) {
      entry.changed = true
      this.#changed.push(entry)
    }
    const watermark = time - BOUND_MS - 1
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    for (const open of this.#windows.keys())
      if (open + WINDOW_MS - 1 <= watermark) return this.#close(watermark)
  }

  #close(watermark: number): void {
    for (const [start, window] of this.#windows) {
      if (start + WINDOW_MS - 1 > watermark) continue
      for (const { sensor, sum } of window.values()) {
        this.#writer.clear()
        this.#result.encode({ sensor, start, sum: sumOf(sum) }, this.#writer)
        this.#out.appendWritten(Buffer.from(sensor), this.#writer, start + WINDOW_MS - 1)
      }
      this.#windows.delete(start)
    }
  }

  #commit(partition: number, next: number): void {
    for (const entry of this.#changed) {
      entry.changed = false
      if (!this.#windows.has(entry.start)) continue
      this.#keys.clear()
      this.#state.encode([entry.start, entry.sensor], this.#keys)
      this.#writer.clear()
      this.#state.encode(sumToState(entry.sum), this.#writer)
      this.#changes.appendWritten(this.#keys.buffer.subarray(0, this.#keys.length), this.#writer, 0)
    }
    this.#changed = []
    this.#database.exec('BEGIN IMMEDIATE')
    const insert = this.#database.prepare('INSERT INTO by_hand_log (kind, bytes) VALUES (?, ?)')
    for (const [kind, builder] of [
      ['out', this.#out],
      ['state', this.#changes],
    ] as const) {
      const batch = builder.build()
      if (batch !== undefined) insert.run(kind, batch.bytes)
    }
    this.#database.prepare('INSERT OR REPLACE INTO by_hand_position VALUES (?, ?)').run(partition, next)
    this.#database.exec('COMMIT')
    this.#committedAt = performance.now()
  }
}
