/** Reads a whole broker file that nobody uses, and says what is in it and what is damaged. */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { BrokerError, SluiceError, UsageError } from '../../errors.ts'
import { systemClock } from '../../time/index.ts'
import { BATCH_COLUMNS, type BatchPlace, batchOf, corruptBatch } from './batch-row.ts'
import type { Row } from './connection.ts'
import { FORMAT_VERSION } from './schema.ts'
import { brokerErrorOf } from './sqlite-error.ts'

/** After so many bytes other work has its turn. */
const BREATHE_AFTER_BYTES = 8_000_000
/** So many damaged places are told. */
const MAX_DAMAGE = 20

/** What is in a broker file. */
export interface FileFindings {
  readonly topics: number
  readonly records: number
  readonly batches: number
  /** Of the batches. */
  readonly bytes: number
  /** The apps whose positions and state are in it. */
  readonly apps: readonly string[]
  /** What is wrong, the first ones in words; empty for a sound file. */
  readonly damage: readonly string[]
}

/** Options of a verification. */
export interface VerifyOptions {
  readonly signal: AbortSignal
  /** Hears how many bytes have been read. */
  readonly progress?: (bytes: number) => void
}

/**
 * Checks the checksum of every batch. Throws `BrokerError` for what is no broker file at all, `USAGE`
 * when aborted. What it finds is said of `name`, the file that a copy was made of.
 */
export async function verifyFile(
  path: string,
  options: VerifyOptions,
  name: string = path,
): Promise<FileFindings> {
  const database = openForReading(path, name)
  try {
    return await new Verifier(database, name, options).run()
  } catch (thrown) {
    throw brokerErrorOf(thrown, name)
  } finally {
    database.close()
  }
}

/** Opens a broker file that must be there. Throws `BROKER_FORMAT` for another kind of file. */
export function openForReading(path: string, name: string = path): DatabaseSync {
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
    const row = database.prepare("SELECT value FROM meta WHERE name = 'format'").get()
    const format = row?.['value']
    // An older one is brought up to date by whoever opens it as a broker.
    if (typeof format === 'number' && format <= FORMAT_VERSION) return database
    throw new BrokerError(
      'BROKER_FORMAT',
      `${name} has format ${String(format ?? 'unknown')}; this program reads format ${FORMAT_VERSION}: upgrade sluice`,
    )
  } catch (thrown) {
    database?.close()
    if (thrown instanceof Error && thrown.message.includes('no such table')) {
      throw new BrokerError(
        'BROKER_FORMAT',
        `${name} is an SQLite database, but not a broker file of Sluice`,
        {
          cause: thrown,
        },
      )
    }
    throw brokerErrorOf(thrown, name)
  }
}

class Verifier {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #options: VerifyOptions
  readonly #damage: string[] = []
  #records = 0
  #batches = 0
  #bytes = 0
  #breatheAt = BREATHE_AFTER_BYTES

  constructor(database: DatabaseSync, path: string, options: VerifyOptions) {
    this.#database = database
    this.#path = path
    this.#options = options
  }

  async run(): Promise<FileFindings> {
    for (const row of this.#all('SELECT id, topic, partition, start_offset, end_offset FROM partitions')) {
      const [id, topic, partition, start, end] = row
      await this.#checkPartition(
        Number(id),
        { topic: String(topic), partition: Number(partition), path: this.#path },
        Number(start),
        Number(end),
      )
    }
    for (const [text] of this.#all('PRAGMA quick_check(5)')) if (text !== 'ok') this.#found(String(text))
    const [topics] = this.#all('SELECT count(*) FROM topics')
    const apps = this.#all('SELECT group_id FROM positions UNION SELECT group_id FROM facts')
    return {
      topics: Number(topics?.[0]),
      records: this.#records,
      batches: this.#batches,
      bytes: this.#bytes,
      apps: apps.map(([app]) => String(app)),
      damage: this.#damage,
    }
  }

  /** Every batch is as it was written, and none is missing where records should be. */
  async #checkPartition(id: number, place: BatchPlace, start: number, end: number): Promise<void> {
    const rows = this.#each(
      `SELECT ${BATCH_COLUMNS} FROM batches WHERE partition_id = ? ORDER BY base_offset`,
      id,
    )
    let next = start
    for (const row of rows) {
      const [base, count] = row
      if (Number(base) > next) this.#found(corruptBatch(place, next, 'it is missing').message)
      next = Number(base) + Number(count)
      this.#batches++
      this.#records += Number(count)
      this.#checkBatch(row, place)
      if (this.#bytes < this.#breatheAt) continue
      this.#breatheAt = this.#bytes + BREATHE_AFTER_BYTES
      this.#options.progress?.(this.#bytes)
      await systemClock.yield()
      if (this.#options.signal.aborted) throw new UsageError('stopped; nothing was changed')
    }
    if (next < end) this.#found(corruptBatch(place, next, 'it is missing').message)
  }

  #checkBatch(row: Row, place: BatchPlace): void {
    try {
      this.#bytes += batchOf(row, place).bytes.length
    } catch (thrown) {
      if (!(thrown instanceof SluiceError)) throw thrown
      this.#found(thrown.message)
    }
  }

  #found(what: string): void {
    if (this.#damage.length < MAX_DAMAGE) this.#damage.push(what)
  }

  #all(sql: string): readonly Row[] {
    return [...this.#each(sql)]
  }

  #each(sql: string, ...parameters: readonly number[]): Iterable<Row> {
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    // Node's types do not know that rows are arrays then.
    return statement.iterate(...parameters) as unknown as Iterable<Row>
  }
}
