/**
 * How long a task may go on before the process has its turn (signals, timers, sockets): looks at the
 * clock rarely when elements are quick, after each one when they are slow.
 */
import type { Clock } from '../time/index.ts'

/** The usual length of a slice. */
export const SLICE_MS = 10
const MAX_STRIDE = 256

/** A stretch of processing time. */
export class Slice {
  readonly #clock: Clock
  #deadline = 0
  #checkedAt = 0
  #stride = 1
  #left = 1
  #over = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins a new slice. */
  begin(): void {
    this.#checkedAt = this.#clock.monotonic()
    this.#deadline = this.#checkedAt + SLICE_MS
    this.#left = this.#stride
    this.#over = false
  }

  /** Asked after each root element; once true, true until the next slice begins. */
  isOver(): boolean {
    if (this.#over) return true
    if (--this.#left > 0) return false
    const now = this.#clock.monotonic()
    const tookMs = now - this.#checkedAt
    if (tookMs < 0.5) this.#stride = Math.min(this.#stride * 2, MAX_STRIDE)
    else if (tookMs > 2) this.#stride = Math.max(1, this.#stride >> 2)
    this.#left = this.#stride
    this.#checkedAt = now
    this.#over = now >= this.#deadline
    return this.#over
  }
}
