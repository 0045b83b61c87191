/**
 * Notices that a broker file has changed: at once what this process writes, within milliseconds
 * what others write.
 *
 * `PRAGMA data_version` changes when another connection has committed, and costs 2 µs. It is asked
 * by whoever reads, and every few milliseconds while somebody waits; no timer is left otherwise.
 */
import type { Clock } from '../../time/index.ts'
import { NewsBoard } from '../news-board.ts'
import { type Connection, numberAt } from './connection.ts'

const BUSY_POLL_MS = 1
const QUIET_POLL_MS = 5
/** How long after a change the next one is expected soon. */
const QUIET_AFTER_MS = 100

/** Watches one file for one broker object. */
export class ChangeWatch {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #board = new NewsBoard()
  #dataVersion: number
  #changedAt = Number.NEGATIVE_INFINITY
  #polling: AbortController | undefined
  #failure: { readonly thrown: unknown } | undefined

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
    this.#dataVersion = this.#readDataVersion()
  }

  /** Grows with every change that has been noticed; asks the file first. */
  version(): number {
    const found = this.#readDataVersion()
    if (found !== this.#dataVersion) {
      this.#dataVersion = found
      this.changed()
    }
    return this.#board.version
  }

  /** Asks the file; a failure is raised to whoever waits. */
  check(): void {
    try {
      this.#connection.read(() => this.version())
    } catch (thrown) {
      this.#failure = { thrown }
      this.close()
    }
  }

  /** This connection has written: wakes everybody. */
  changed(): void {
    this.#changedAt = this.#clock.monotonic()
    this.#board.announce()
  }

  /** Resolves when the file has changed since this caller's last call, or when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#connection.read(() => this.version())
    const woken = this.#board.wait(signal)
    if (this.#board.waiting > 0 && this.#polling === undefined) void this.#poll()
    await woken
    if (this.#board.waiting === 0) this.#stopPolling()
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.thrown
  }

  /** Wakes everybody who waits. */
  close(): void {
    this.#stopPolling()
    this.#board.wakeAll()
  }

  async #poll(): Promise<void> {
    const polling = new AbortController()
    this.#polling = polling
    while (!polling.signal.aborted) {
      const quiet = this.#clock.monotonic() - this.#changedAt > QUIET_AFTER_MS
      await this.#clock.sleep(quiet ? QUIET_POLL_MS : BUSY_POLL_MS, polling.signal)
      if (!polling.signal.aborted) this.check()
    }
  }

  #stopPolling(): void {
    this.#polling?.abort()
    this.#polling = undefined
  }

  #readDataVersion(): number {
    const row = this.#connection.get('PRAGMA data_version')
    return row === undefined ? 0 : numberAt(row, 0, this.#connection.path)
  }
}
