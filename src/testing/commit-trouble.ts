/** What goes wrong with commits in a test: a broker that is full, away or slow for a while. */
import { BrokerError } from '../errors.ts'

/** Why a broker refuses a commit that it may accept later: its disk is full, or it is away. */
export type RefusalReason = 'full' | 'away'

/** The troubles of one driver's broker. */
export class CommitTrouble {
  #refusals = 0
  #reason: RefusalReason = 'away'
  #slow = 0
  #slowMs = 0
  readonly #sleep: (ms: number) => Promise<void>
  readonly #accepted: () => void

  /** `accepted` is told of each commit that meets no refusal. */
  constructor(sleep: (ms: number) => Promise<void>, accepted: () => void) {
    this.#sleep = sleep
    this.#accepted = accepted
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
  async meet(): Promise<void> {
    if (this.#slow > 0) {
      this.#slow--
      await this.#sleep(this.#slowMs)
    }
    if (this.#refusals <= 0) return this.#accepted()
    this.#refusals--
    throw this.#reason === 'full'
      ? new BrokerError('BROKER_FULL', 'the test says that the disk of the broker is full')
      : new BrokerError('BROKER_UNAVAILABLE', 'the test says that the broker is away')
  }
}
