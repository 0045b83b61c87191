/**
 * The watermark of several inputs: the lowest of those that are not idle; when all are idle the
 * largest, held there. It never goes back.
 *
 * An input at +∞ has ended and holds up nobody, but the end comes only when all have: one that is idle
 * may still bring something, such as the results of windows that its own end will close.
 */

interface InputStatus {
  watermark: number
  idle: boolean
}

/** Merges the watermarks of a fixed number of inputs. */
export class StatusMerge {
  /** The merged watermark; −∞ until every active input has one. */
  watermark: number = Number.NEGATIVE_INFINITY
  /** Whether all inputs are idle, or there is none. */
  idle: boolean
  readonly #inputs: readonly InputStatus[]

  constructor(inputs: number) {
    this.idle = inputs === 0
    this.#inputs = Array.from({ length: inputs }, () => ({
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
    }))
  }

  /** Sets the status of one input, and says whether the merged status has changed. */
  set(input: number, watermark: number, idle: boolean): boolean {
    const status = this.#inputs[input]
    if (status === undefined || (status.watermark === watermark && status.idle === idle)) return false
    // Only the input that holds the minimum, or one that wakes, can move it.
    const mayMove = status.idle || idle || status.watermark <= this.watermark
    status.watermark = watermark
    status.idle = idle
    return mayMove && this.#merge()
  }

  #merge(): boolean {
    let lowest = Number.POSITIVE_INFINITY
    let largest = Number.NEGATIVE_INFINITY
    let active = false
    let ended = true
    for (const status of this.#inputs) {
      if (status.watermark === Number.POSITIVE_INFINITY) continue
      ended = false
      largest = Math.max(largest, status.watermark)
      if (status.idle) continue
      active = true
      lowest = Math.min(lowest, status.watermark)
    }
    active ||= ended && this.#inputs.length > 0
    const watermark = Math.max(this.watermark, active ? lowest : largest)
    const changed = watermark !== this.watermark || active === this.idle
    this.watermark = watermark
    this.idle = !active
    return changed
  }
}
