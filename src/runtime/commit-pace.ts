/** When to commit: soon when others wait for something, else now and then. */
import type { Clock } from '../time/index.ts'

/** Two commits are at least so far apart while input is drained. */
export const MIN_COMMIT_INTERVAL_MS = 2

/** A commit is due at once when so many bytes wait for it. */
export const COMMIT_BYTES = 8_000_000

/** Decides when the next commit is due. */
export class CommitPace {
  readonly #intervalMs: number
  readonly #clock: Clock
  #lastAt: number
  #changed = false

  constructor(intervalMs: number, clock: Clock) {
    this.#intervalMs = intervalMs
    this.#clock = clock
    this.#lastAt = clock.monotonic()
  }

  /** Something happened that a commit would keep. */
  changed(): void {
    this.#changed = true
  }

  committed(): void {
    this.#changed = false
    this.#lastAt = this.#clock.monotonic()
  }

  /** Whether to commit now; `drained`: there is nothing to read, `pending`: others wait for `bytes`. */
  isDue(drained: boolean, pending: boolean, bytes: number): boolean {
    if (bytes >= COMMIT_BYTES) return true
    const since = this.#clock.monotonic() - this.#lastAt
    if (pending && drained) return since >= MIN_COMMIT_INTERVAL_MS
    return (pending || this.#changed) && since >= this.#intervalMs
  }

  /** How long until a commit is due when nothing more happens, milliseconds. */
  dueIn(pending: boolean): number {
    if (!pending && !this.#changed) return Number.POSITIVE_INFINITY
    const since = this.#clock.monotonic() - this.#lastAt
    return Math.max(0, (pending ? MIN_COMMIT_INTERVAL_MS : this.#intervalMs) - since)
  }
}
