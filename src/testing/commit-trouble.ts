/** What goes wrong with commits in a test: a broker that is full, away or slow for a while. */
import { BrokerError } from '../errors.ts'
import type { Life } from './crash.ts'

/** Why a broker refuses a commit that it may accept later: its disk is full, or it is away. */
export type RefusalReason = 'full' | 'away'

/** The troubles of one driver's broker. */
export class CommitTrouble {
  #refusals = 0
  #reason: RefusalReason = 'away'
  #slow = 0
  #slowMs = 0
  /** Whose last commit was refused. */
  readonly #refused = new Set<Life>()
  readonly #sleep: (ms: number) => Promise<void>

  constructor(sleep: (ms: number) => Promise<void>) {
    this.#sleep = sleep
  }

  /** Whether somebody will try a commit again. */
  get isAwaited(): boolean {
    for (const life of this.#refused) if (!life.isOver) return true
    return false
  }

  /** Refuses the next commits. */
  refuse(times: number, reason: RefusalReason): void {
    this.#refusals = times
    this.#reason = reason
  }

  /** Lets the next commits take so long. */
  slow(times: number, ms: number): void {
    this.#slow = times
    this.#slowMs = ms
  }

  /** Comes before each commit. */
  async meet(life: Life): Promise<void> {
    this.#refused.delete(life)
    if (this.#slow > 0) {
      this.#slow--
      await this.#sleep(this.#slowMs)
    }
    if (this.#refusals <= 0) return
    this.#refusals--
    this.#refused.add(life)
    throw this.#reason === 'full'
      ? new BrokerError('BROKER_FULL', 'the test says that the disk of the broker is full')
      : new BrokerError('BROKER_UNAVAILABLE', 'the test says that the broker is away')
  }
}
