/**
 * Who goes on next: everything that runs in a test stops at each point where it would wait, and one of
 * those that stand there is let go at a time.
 *
 * Invariant: between two turns nothing else happens, so the decisions alone say in which order things
 * happen, and the same decisions give the same order.
 */
import { systemClock } from '../time/index.ts'
import { type Choose, choosePlainly } from './choices.ts'

interface Waiting {
  readonly who: string
  readonly go: () => void
}

/** The schedule of one test driver. */
export class Schedule {
  /** Who had a turn, and where, in order. */
  readonly trace: string[] = []
  /** How many turns were taken to work, not only to look whether waiting is over. */
  work = 0
  /** Decides; may be replaced at any time. */
  choose: Choose = choosePlainly
  readonly #waiting: Waiting[] = []
  #running = false

  /** Waits for a turn; `who` is for the trace. */
  turn(who: string, kind: 'work' | 'waiting' = 'work'): Promise<void> {
    if (kind === 'work') this.work++
    return new Promise(resolve => {
      this.#waiting.push({ who, go: resolve })
      if (!this.#running) void this.#run()
    })
  }

  /** Notes something that happened in the turn at hand. */
  note(what: string): void {
    this.trace.push(what)
  }

  /** Whether somebody waits for a turn. */
  get isBusy(): boolean {
    return this.#waiting.length > 0
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#waiting.length > 0) {
      // Whatever the last turn led to has happened when this returns.
      await systemClock.yield()
      const count = this.#waiting.length
      const [next] = this.#waiting.splice(count > 1 ? this.choose(count) : 0, 1)
      if (next === undefined) continue
      this.trace.push(next.who)
      next.go()
    }
    this.#running = false
  }
}
