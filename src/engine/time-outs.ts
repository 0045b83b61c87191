/**
 * Ends the wait for calls that take too long. All calls of a step may take equally long, so the first to
 * begin is the first to be over: one alarm is enough, and a call that settles costs no look at the others.
 */
import type { Clock } from '../time/index.ts'
import type { Call, LimitedCall } from './call.ts'
import { LinkedList } from './linked-list.ts'
import type { WaitingElement } from './waiting-line.ts'

/** What is told of a call that took too long. */
export type WhenExpired = (element: WaitingElement, call: Call) => void

/** The time limits of the calls of one step. */
export class TimeOuts {
  readonly #ms: number
  readonly #clock: Clock
  readonly #expired: WhenExpired
  readonly #calls = new LinkedList<LimitedCall>()
  #alarm: AbortController | undefined

  constructor(ms: number, clock: Clock, expired: WhenExpired) {
    this.#ms = ms
    this.#clock = clock
    this.#expired = expired
  }

  add(element: WaitingElement, call: Call): void {
    call.limit = this.#calls.append({ at: this.#clock.monotonic() + this.#ms, element, call })
    if (this.#alarm === undefined) this.#setAlarm()
  }

  remove(call: Call): void {
    if (call.limit === undefined) return
    this.#calls.remove(call.limit)
    call.limit = undefined
    // A sleep that nobody waits for any more would keep the process alive.
    if (this.#calls.isEmpty) this.#alarm?.abort()
  }

  #setAlarm(): void {
    const { first } = this.#calls
    if (first === undefined) return
    const alarm = new AbortController()
    this.#alarm = alarm
    void this.#clock.sleep(first.at - this.#clock.monotonic(), alarm.signal).then(() => {
      this.#alarm = undefined
      this.#expire()
      this.#setAlarm()
    })
  }

  #expire(): void {
    const now = this.#clock.monotonic()
    for (let { first } = this.#calls; first !== undefined && first.at <= now; { first } = this.#calls) {
      this.remove(first.call)
      this.#expired(first.element, first.call)
    }
  }
}
