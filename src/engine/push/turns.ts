/** Gives those their turn that wait, in a scope that has no loop of its own. */
import type { Scope } from '../scope.ts'

/** Wakes with the promise that something settled, and when it is time. */
export class Turns {
  readonly #scope: () => Scope
  #isAwake = false
  #alarm: AbortController | undefined

  constructor(scope: () => Scope) {
    this.#scope = scope
  }

  /** Something can go on: before anything else that is asynchronous does. */
  wake(): void {
    if (this.#isAwake) return
    this.#isAwake = true
    queueMicrotask(() => this.#turn())
  }

  #turn(): void {
    const { clock, waiters } = this.#scope()
    this.#isAwake = false
    this.#alarm?.abort()
    this.#alarm = undefined
    for (const waiter of waiters) if (waiter.resumeAt() <= clock.monotonic()) waiter.resume()
    let soonest = Number.POSITIVE_INFINITY
    for (const waiter of waiters) soonest = Math.min(soonest, waiter.resumeAt())
    if (soonest === Number.POSITIVE_INFINITY || this.#isAwake) return
    const alarm = new AbortController()
    this.#alarm = alarm
    void clock.sleep(Math.max(0, soonest - clock.monotonic()), alarm.signal).then(() => {
      if (this.#alarm === alarm) this.#turn()
    })
  }
}
