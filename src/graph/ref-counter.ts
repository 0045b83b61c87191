/**
 * Reference-counted checkpoints: who emits an element can learn when nothing holds it any more, such
 * as to commit the position it was read at. Source: streamz's `RefCounter`.
 */
import { messageOf, UsageError } from '../errors.ts'

/** Counts how often an element, or what was made from it, is held: in flight, buffered, the latest of a join. */
export class RefCounter {
  #count: number
  #isDone = false
  readonly #onDone: (() => void) | undefined

  /** `onDone` is called once, as soon as the count has come back to 0; what it throws is an unhandled rejection. */
  constructor(onDone?: () => void, initial = 0) {
    this.#onDone = onDone
    this.#count = initial
  }

  /** How often it is held now. */
  get count(): number {
    return this.#count
  }

  /** Whether the count has come back to 0. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** Throws `USAGE` after the count has come back to 0: what follows from that is done already. */
  retain(times = 1): void {
    if (this.#isDone) {
      throw new UsageError(
        'a RefCounter that has come back to 0 was emitted again; make one for each element, or retain() it yourself for as long as you emit it',
      )
    }
    this.#count += times
  }

  release(times = 1): void {
    if (this.#isDone) return
    this.#count -= times
    if (this.#count > 0) return
    this.#count = 0
    this.#isDone = true
    try {
      this.#onDone?.()
    } catch (thrown) {
      // Whoever releases is in the middle of something, and could do nothing about it.
      const message = `the callback of a RefCounter threw: ${messageOf(thrown)}`
      void Promise.reject(new UsageError(message, { cause: thrown }))
    }
  }
}

/** The counters of an element: several where it was made of several. */
export type Refs = readonly RefCounter[]

/** Holds an element once more. */
export function retainRefs(refs: Refs | undefined): void {
  if (refs !== undefined) for (const ref of refs) ref.retain()
}

/** Holds an element once less. */
export function releaseRefs(refs: Refs | undefined): void {
  if (refs !== undefined) for (const ref of refs) ref.release()
}
