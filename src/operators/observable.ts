/** A live stream as an Observable. Source: the TC39 proposal, as far as RxJS and others use it. */
import type { LivePort } from './live-port.ts'

/** Who watches a stream. */
export interface Observer<T> {
  next?(value: T): void
  error?(thrown: unknown): void
  complete?(): void
}

/** A watch that can be ended. */
export interface Subscription {
  unsubscribe(): void
}

/** Tells the observer of every element from now on, and starts the sources above. */
export function observe<T>(port: LivePort, given: Observer<T> | ((value: T) => void)): Subscription {
  const observer: Observer<T> = typeof given === 'function' ? { next: given } : given
  const user = {}
  let isOver = false
  const finish = (tell: () => void): void => {
    if (isOver) return
    isOver = true
    detach()
    tell()
  }
  const detach = port.tap({
    // What is tapped are the elements of the stream that is observed.
    push: value => {
      // Observers are not waited for, whatever they give back.
      observer.next?.(value as T)
    },
    end: () => finish(() => observer.complete?.()),
  })
  port.run(user).catch((thrown: unknown) => finish(() => observer.error?.(thrown)))
  return {
    unsubscribe: () => {
      // Whoever unsubscribes need not be told; sources that nobody else runs need not go on.
      finish(() => void port.leave(user))
    },
  }
}
