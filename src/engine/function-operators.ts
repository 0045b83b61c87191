/** The operators of the stateless core kinds. */
import { describeValue, StepError } from '../errors.ts'
import type { Context } from '../graph/index.ts'
import { StepOperator, type StepParts } from './step-operator.ts'
import { isThenable } from './waiting.ts'

/** A user's function on one value. */
export type UserFunction = (value: unknown) => unknown

/** `map` and `async`: hands the function's result on. */
export class MapOperator extends StepOperator {
  readonly #fn: UserFunction

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts)
    this.#fn = fn
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    let result: unknown
    try {
      result = this.#fn(value)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    if (typeof result === 'object' && result !== null && isThenable(result))
      this.waitFor(result, value, context)
    else this.next.push(result, context)
  }

  override call(value: unknown): unknown {
    return this.#fn(value)
  }

  override deliver(result: unknown, _value: unknown, context: Context): void {
    this.next.push(result, context)
  }
}

/** `filter`: hands the value on where the function gave something true. */
export class FilterOperator extends StepOperator {
  readonly #fn: UserFunction

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts)
    this.#fn = fn
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    let result: unknown
    try {
      result = this.#fn(value)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    if (typeof result === 'object' && result !== null && isThenable(result))
      this.waitFor(result, value, context)
    else if (result) this.next.push(value, context)
  }

  override call(value: unknown): unknown {
    return this.#fn(value)
  }

  override deliver(result: unknown, value: unknown, context: Context): void {
    if (result) this.next.push(value, context)
  }
}

/** `flatMap`: hands on all that the function gave; what throws half way has given nothing. */
export class FlatMapOperator extends StepOperator {
  readonly #fn: UserFunction

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts)
    this.#fn = fn
  }

  override call(value: unknown): unknown {
    const result = this.#fn(value)
    if (Array.isArray(result)) return result
    if (result instanceof Promise) return result.then(listOf)
    return listOf(result)
  }

  override deliver(result: unknown, _value: unknown, context: Context): void {
    const { index } = context
    let number = index
    for (const element of result as readonly unknown[]) {
      context.index = number++
      this.next.push(element, context)
    }
    context.index = index
  }
}

function listOf(result: unknown): readonly unknown[] {
  if (Array.isArray(result)) return result
  if (typeof result === 'object' && result !== null && Symbol.iterator in result) {
    return [...(result as Iterable<unknown>)]
  }
  throw new StepError(
    'STEP_FAILED',
    `flatMap gave ${describeValue(result)}; expected an array or another iterable`,
  )
}
