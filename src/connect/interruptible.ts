/**
 * Waiting for something that a stop may interrupt. One listener serves all waits, which follow each
 * other: a race with a promise that never settles would remember every element until the stop.
 */

/** What a wait gives when the stop came first. */
export const ABORTED: unique symbol = Symbol('aborted')

/** Waits, one at a time, that end with a signal. */
export class Interruptible {
  readonly #signal: AbortSignal
  readonly #abort = (): void => this.#interrupt?.()
  #interrupt: (() => void) | undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  /**
   * The outcome of a promise, or `ABORTED` as soon as the signal is aborted. What the promise rejects
   * with after that has nobody any more who waits for it.
   */
  wait<T>(promise: Promise<T>): Promise<T | typeof ABORTED> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) resolve(ABORTED)
      this.#interrupt = () => resolve(ABORTED)
      promise.then(resolve, reject)
    })
  }

  /** The last call: nothing will be waited for any more. */
  end(): void {
    this.#signal.removeEventListener('abort', this.#abort)
  }
}
