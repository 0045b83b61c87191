/** Lets a source that never has to wait give way now and then: timers, sockets and signals need their turn. */
import type { Clock } from '../time/index.ts'

const ELEMENTS_PER_TURN = 1024

/** Counts the elements of one turn. */
export class FairShare {
  readonly #clock: Clock
  #elements = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called after each element; a promise: wait for it, others have their turn. */
  next(): Promise<void> | undefined {
    if (++this.#elements < ELEMENTS_PER_TURN) return undefined
    this.#elements = 0
    return this.#clock.yield()
  }
}
