/** A number of places; who finds none free waits, in order. */

/** How many may be at work at once. */
export class Slots {
  #free: number
  #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Takes a place, when there is one; false if `signal` was aborted before, or is then. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.#free > 0) {
      this.#free--
      return true
    }
    return new Promise(resolve => {
      const enter = (): void => {
        signal.removeEventListener('abort', abort)
        resolve(true)
      }
      const abort = (): void => {
        this.#waiting = this.#waiting.filter(each => each !== enter)
        resolve(false)
      }
      this.#waiting.push(enter)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** Gives the place to who has waited longest. */
  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
