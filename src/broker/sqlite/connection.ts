/**
 * One connection to a broker file: kept statements, whole transactions, errors in our words.
 *
 * Invariant: no transaction, and no read of a statement, outlives one synchronous call. A reader
 * left open would stop the checkpoints of every process.
 */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { brokerErrorOf, damaged, isBusy } from './sqlite-error.ts'

/**
 * SQLite waits for a lock with growing pauses, up to 100 ms, and so loses it again and again to
 * those who have just come. Asked for this long only, it pauses for 1 and 2 ms; we ask again.
 */
const WAIT_MS = 3

/** A row, its columns by position. */
export type Row = readonly SQLOutputValue[]

/** An open broker file. */
export class Connection {
  readonly path: string
  readonly #database: DatabaseSync
  readonly #attempts: number
  readonly #statements = new Map<string, StatementSync>()

  /** Waits up to `busyTimeoutMs` for the locks of others, inside the synchronous call. */
  constructor(path: string, busyTimeoutMs: number) {
    this.path = path
    this.#attempts = Math.max(1, Math.ceil(busyTimeoutMs / WAIT_MS))
    try {
      this.#database = new DatabaseSync(path, { timeout: Math.min(busyTimeoutMs, WAIT_MS) })
    } catch (thrown) {
      throw brokerErrorOf(thrown, path)
    }
  }

  /** Runs statements without parameters, errors as SQLite throws them. */
  exec(sql: string): void {
    this.#database.exec(sql)
  }

  // Node's types know no arrays as rows, which all statements here give.

  /** The first row, or undefined. */
  get(sql: string, ...parameters: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...parameters) as unknown as Row | undefined
  }

  all(sql: string, ...parameters: SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...parameters) as unknown as readonly Row[]
  }

  /** The rows one by one; the caller finishes the loop, or breaks out of it, before it returns. */
  each(sql: string, ...parameters: SQLInputValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...parameters) as unknown as Iterable<Row>
  }

  /** Runs a statement and gives the number of rows that it changed. */
  run(sql: string, ...parameters: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...parameters).changes)
  }

  /** Reads, perhaps more than once; what SQLite throws becomes a `BrokerError`. */
  read<T>(work: () => T): T {
    try {
      return this.#patiently(work)
    } catch (thrown) {
      throw brokerErrorOf(thrown, this.path)
    }
  }

  /** Carries out `work` in one durable transaction, or not at all. */
  transaction<T>(work: () => T): T {
    try {
      this.#patiently(() => this.run('BEGIN IMMEDIATE'))
      const result = work()
      this.run('COMMIT')
      return result
    } catch (thrown) {
      this.rollback()
      throw brokerErrorOf(thrown, this.path)
    }
  }

  /**
   * Carries out `work` in one transaction, or not at all, and does not wait: false when another
   * connection writes now. It is durable with the next transaction of any connection, not before.
   */
  attempt(work: () => void): boolean {
    try {
      // saves the wait for the disk, which the next commit makes good
      this.#database.exec('PRAGMA synchronous = NORMAL')
      this.run('BEGIN IMMEDIATE')
      work()
      this.run('COMMIT')
      return true
    } catch (thrown) {
      const isRefused = !this.#database.isTransaction && isBusy(thrown)
      this.rollback()
      if (isRefused) return false
      throw brokerErrorOf(thrown, this.path)
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL')
    }
  }

  /** Undoes what the open transaction did, if there is one. */
  rollback(): void {
    if (!this.#database.isTransaction) return
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // SQLite has rolled back by itself; what made it do so is thrown by the caller
    }
  }

  get isOpen(): boolean {
    return this.#database.isOpen
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  /** Does again what another connection's lock refused; only for what changes nothing when refused. */
  #patiently<T>(work: () => T): T {
    for (let attempt = 1; ; attempt++) {
      try {
        return work()
      } catch (thrown) {
        if (attempt >= this.#attempts || !isBusy(thrown)) throw thrown
      }
    }
  }

  #statement(sql: string): StatementSync {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) return kept
    const statement = this.#database.prepare(sql)
    statement.setReturnArrays(true)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** Reads a column that holds a number. */
export function numberAt(row: Row, column: number, path: string): number {
  const value = row[column]
  if (typeof value === 'number') return value
  throw damaged(path, `found ${typeof value} where a number belongs`)
}

/** Reads a column that holds text. */
export function textAt(row: Row, column: number, path: string): string {
  const value = row[column]
  if (typeof value === 'string') return value
  throw damaged(path, `found ${typeof value} where text belongs`)
}

/** Reads a column that holds bytes. */
export function bytesAt(row: Row, column: number, path: string): Uint8Array {
  const value = row[column]
  if (value instanceof Uint8Array) return value
  throw damaged(path, `found ${typeof value} where bytes belong`)
}
