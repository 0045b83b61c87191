/**
 * Who waits for news, and who has heard what.
 *
 * Invariant: a change after a caller's last call to `wait` is never lost on it, even when another
 * caller has asked in between. Callers are told apart by their signal; one that brings a new signal
 * each time goes by what anybody has heard last.
 */

/** A level-triggered notice board for one broker object. */
export class NewsBoard {
  #version = 0
  #heardByAnybody = 0
  readonly #heard = new WeakMap<AbortSignal, number>()
  readonly #waiters = new Set<() => void>()

  /** How many callers wait now. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version
  }

  /** Something changed: wakes everybody. */
  announce(): void {
    this.#version++
    this.wakeAll()
  }

  /** Wakes everybody, without any news. */
  wakeAll(): void {
    for (const wake of this.#waiters) wake()
  }

  /** Resolves when something has changed since this caller's last call, or when aborted. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    if ((this.#heard.get(signal) ?? this.#heardByAnybody) !== this.#version) {
      this.#note(signal)
      return Promise.resolve()
    }
    return new Promise(resolve => {
      const wake = (): void => {
        this.#waiters.delete(wake)
        signal.removeEventListener('abort', wake)
        this.#note(signal)
        resolve()
      }
      this.#waiters.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  #note(signal: AbortSignal): void {
    this.#heard.set(signal, this.#version)
    this.#heardByAnybody = this.#version
  }
}
