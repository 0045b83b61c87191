/**
 * Who waits for nothing but time: slow commits and functions, and attempts that are to be repeated.
 * Where nobody else would let time pass, it passes for them, from one waking to the next.
 */
import type { ManualClock } from '../time/index.ts'

/** For so long at most, time passes by itself after something that will be tried again. */
const MAX_BACK_OFF_MS = 30_000

/** What will be tried again: a commit that was refused, or an element that a step could not process. */
export type Retried = 'commit' | 'element'

/** The part of a run that is asked. */
export interface Sleeping {
  /** Resolves when nothing is about to happen. */
  quiet(): Promise<void>
  /** How long until it wakes by itself, milliseconds; +∞ for never. */
  wakesIn(): number
}

/** The sleepers of one driver. */
export class PatientSleepers {
  readonly #clock: ManualClock
  readonly #until = new Set<{ readonly at: number }>()
  readonly #retriedUntil = new Map<Retried, number>()
  #passing: Promise<void> | undefined

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  /** Resolves when so much time has passed. */
  async sleep(ms: number): Promise<void> {
    const sleep = { at: this.#clock.monotonic() + ms }
    this.#until.add(sleep)
    await this.#clock.sleep(ms)
    this.#until.delete(sleep)
  }

  /** Something will be tried again. */
  retries(what: Retried): void {
    this.#retriedUntil.set(what, this.#clock.monotonic() + MAX_BACK_OFF_MS)
  }

  /** It was tried again with success, or never will be. */
  succeeded(what: Retried): void {
    this.#retriedUntil.delete(what)
  }

  /** Lets time pass as long as somebody waits for it and the run goes on. */
  pass(run: () => Sleeping | undefined): Promise<void> {
    this.#passing ??= this.#pass(run).finally(() => {
      this.#passing = undefined
    })
    return this.#passing
  }

  async #pass(run: () => Sleeping | undefined): Promise<void> {
    while (this.#isWaiting() && run() !== undefined) {
      await run()?.quiet()
      const wakesIn = Math.min(run()?.wakesIn() ?? Number.POSITIVE_INFINITY, this.#nextIn())
      if (!Number.isFinite(wakesIn) || !this.#isWaiting()) break
      this.#clock.advance(Math.max(1, Math.ceil(wakesIn)))
    }
  }

  /** How long until the first of them wakes, milliseconds; +∞ when nobody sleeps. */
  #nextIn(): number {
    let at = Number.POSITIVE_INFINITY
    for (const sleep of this.#until) at = Math.min(at, sleep.at)
    return at - this.#clock.monotonic()
  }

  #isWaiting(): boolean {
    if (this.#until.size > 0) return true
    for (const until of this.#retriedUntil.values()) if (this.#clock.monotonic() < until) return true
    return false
  }
}
