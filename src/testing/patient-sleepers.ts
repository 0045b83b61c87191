/**
 * Who waits for nothing but time: slow commits and functions, and attempts that are to be repeated.
 * Where nobody else would let time pass, it passes for them, from one waking to the next.
 */
import type { ManualClock } from '../time/index.ts'

/** For so long at most, time passes by itself after an element whose step will be tried again. */
const MAX_BACK_OFF_MS = 30_000

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
  readonly #othersWait: () => boolean
  #backOffUntil = Number.NEGATIVE_INFINITY
  #passing: Promise<void> | undefined

  constructor(clock: ManualClock, othersWait: () => boolean) {
    this.#clock = clock
    this.#othersWait = othersWait
  }

  /** Resolves when so much time has passed. */
  async sleep(ms: number): Promise<void> {
    const sleep = { at: this.#clock.monotonic() + ms }
    this.#until.add(sleep)
    await this.#clock.sleep(ms)
    this.#until.delete(sleep)
  }

  /** An element will be tried again some time. */
  backOff(): void {
    this.#backOffUntil = this.#clock.monotonic() + MAX_BACK_OFF_MS
  }

  forgetBackOff(): void {
    this.#backOffUntil = Number.NEGATIVE_INFINITY
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
    return this.#until.size > 0 || this.#othersWait() || this.#clock.monotonic() < this.#backOffUntil
  }
}
