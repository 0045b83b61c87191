/** `async`: calls a function for several elements at a time; they come out in the order that the step says. */
import type { AsyncCall, Context } from '../graph/index.ts'
import type { OpenCircuit } from './circuit-breaker.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** A user's function that may hear when nobody waits for it any more. */
export type AsyncFunction = (value: unknown, call: AsyncCall) => unknown

/** The operator of `mapAsync`, and of steps on a pool. */
export class AsyncOperator extends StepOperator {
  readonly #fn: AsyncFunction

  constructor(parts: StepParts, fn: AsyncFunction) {
    super(parts)
    this.#fn = fn
  }

  /** Why no calls are made at the moment, where there is a circuit breaker. */
  get openCircuit(): OpenCircuit | undefined {
    return this.waiting().openCircuit
  }

  /** All of them go through the line of those that wait: there is no usual case without a promise. */
  override push(value: unknown, context: Context): void {
    this.waiting().take(value, context)
  }

  override call(value: unknown, _context: Context, call: AsyncCall): unknown {
    return this.#fn(value, call)
  }

  override deliver(result: unknown, _value: unknown, context: Context): void {
    this.next.push(result, context)
  }
}
