/** One call of a user's function: by its signal the function hears that nobody waits for it any more. */
import type { AsyncCall } from '../graph/index.ts'
import type { Link } from './linked-list.ts'
import type { WaitingElement } from './waiting-line.ts'

/** A call that may not take for ever. */
export interface LimitedCall {
  /** When it has taken too long, on the monotonic clock. */
  readonly at: number
  readonly element: WaitingElement
  readonly call: Call
}

/** One attempt at one element. */
export class Call implements AsyncCall {
  /** Tells the circuit breaker which of its periods the call belongs to. */
  readonly period: number
  /** Its place among those that may take too long. */
  limit: Link<LimitedCall> | undefined
  #controller: AbortController | undefined
  #reason: unknown

  constructor(period: number) {
    this.period = period
  }

  /** Made when it is asked for: most functions do not look at it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Nobody waits for its result any more. */
  abort(reason: Error): void {
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
