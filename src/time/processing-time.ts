/**
 * Processing time: the wall clock, made to go forward only. Where the machine's clock is set back, time
 * goes on from where it was, by the monotonic clock; where it is set forward, time follows. So windows
 * of processing time go on closing, and no element is late because somebody corrected a clock.
 */
import type { Clock } from './clock.ts'

/** A reading of the wall clock that never goes back. */
export class ProcessingTime {
  readonly #clock: Clock
  /** A moment on both clocks. */
  #wall: number
  #monotonic: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#wall = clock.now()
    this.#monotonic = clock.monotonic()
  }

  /** Epoch milliseconds, an integer. */
  now(): number {
    const monotonic = this.#clock.monotonic()
    const expected = this.#wall + (monotonic - this.#monotonic)
    const wall = this.#clock.now()
    if (wall < expected) return Math.floor(expected)
    this.#wall = wall
    this.#monotonic = monotonic
    return wall
  }

  /** Time is at least this: what an earlier run of the app has seen. */
  atLeast(time: number): void {
    if (time <= this.now()) return
    this.#wall = time
    this.#monotonic = this.#clock.monotonic()
  }
}
