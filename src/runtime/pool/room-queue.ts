/** Who waits for room in a pool: let in one by one, in the order of asking. */
import type { Clock } from '../../time/index.ts'

/** A queue before a door. */
export class RoomQueue {
  readonly #hasRoom: () => boolean
  readonly #clock: Clock
  readonly #waiting = new Set<PromiseWithResolvers<void>>()
  #isLetting = false

  constructor(hasRoom: () => boolean, clock: Clock) {
    this.#hasRoom = hasRoom
    this.#clock = clock
  }

  /** Resolves when there is room and all who asked before are in; rejects with the signal's reason. */
  enter(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (!this.#isLetting && this.#waiting.size === 0 && this.#hasRoom()) return Promise.resolve()
    const entry = Promise.withResolvers<void>()
    this.#waiting.add(entry)
    const leave = (): void => {
      this.#waiting.delete(entry)
      entry.reject(signal?.reason)
    }
    signal?.addEventListener('abort', leave, { once: true })
    return entry.promise.finally(() => signal?.removeEventListener('abort', leave))
  }

  /** There may be room now. */
  look(): void {
    if (!this.#isLetting && this.#waiting.size > 0) void this.#letIn()
  }

  /** Sends all away. */
  close(reason: Error): void {
    for (const entry of this.#waiting) entry.reject(reason)
    this.#waiting.clear()
  }

  /** One at a time: whoever is let in takes the room before the next one is asked in. */
  async #letIn(): Promise<void> {
    this.#isLetting = true
    for (const entry of this.#waiting) {
      if (!this.#hasRoom()) break
      this.#waiting.delete(entry)
      entry.resolve()
      await this.#clock.yield()
    }
    this.#isLetting = false
  }
}
