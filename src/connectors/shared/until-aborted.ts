/** Waiting for something that a stop may interrupt. */

/** What `untilAborted` gives when the signal came first. */
export const ABORTED: unique symbol = Symbol('aborted')

/**
 * The outcome of a promise, or `ABORTED` as soon as the signal is aborted. What the promise rejects with
 * after that has nobody any more who waits for it.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | typeof ABORTED> {
  return new Promise((resolve, reject) => {
    const abort = (): void => resolve(ABORTED)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
