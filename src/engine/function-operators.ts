/** The operators of the stateless core kinds. */
import { describeValue, StepError } from '../errors.ts'
import { type Context, isThenable } from '../graph/index.ts'
import type { Operator } from './operator.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** A user's function on one value. */
export type UserFunction = (value: unknown) => unknown

/** What stands for a promise while elements wait: see `FunctionOperator`. */
const HELD = new Promise<never>(() => {})
const hold: UserFunction = () => HELD

/**
 * `map` and `filter`: an operator that calls a function on one value. While elements wait here, a
 * stand-in for the function says so by its result, so that the usual case asks nothing: the result is
 * looked at anyway.
 */
abstract class FunctionOperator extends StepOperator {
  /** The user's function, or the stand-in. */
  fn: UserFunction
  readonly #userFn: UserFunction

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts)
    this.fn = fn
    this.#userFn = fn
  }

  override call(value: unknown): unknown {
    return this.#userFn(value)
  }

  override waitFor(promise: PromiseLike<unknown>, value: unknown, context: Context): void {
    if (promise !== HELD) super.waitFor(promise, value, context)
    else if (!this.queued(value, context)) this.push(value, context)
  }

  protected override setBusy(busy: boolean): void {
    super.setBusy(busy)
    this.fn = busy ? hold : this.#userFn
  }
}

/** `map`: hands the function's result on. */
export class MapOperator extends FunctionOperator {
  override push(value: unknown, context: Context): void {
    let result: unknown
    try {
      result = this.fn(value)
      if (isThenable(result)) return this.waitFor(result, value, context)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    this.next.push(result, context)
  }

  override deliver(result: unknown, _value: unknown, context: Context): void {
    this.next.push(result, context)
  }
}

/** A sink that is a function: what it gives is of interest only where it is a promise. */
export class SinkOperator extends FunctionOperator {
  override push(value: unknown, context: Context): void {
    try {
      const result = this.fn(value)
      if (isThenable(result)) this.waitFor(result, value, context)
    } catch (thrown) {
      this.failedNow(thrown, value, context)
    }
  }

  override deliver(): void {
    // Nothing is below.
  }
}

/** `filter`: hands the value on where the function gave something true. */
export class FilterOperator extends FunctionOperator {
  /** How many elements it has let through since the start. */
  passed = 0

  override push(value: unknown, context: Context): void {
    let result: unknown
    try {
      result = this.fn(value)
      if (result !== true && isThenable(result)) return this.waitFor(result, value, context)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    if (!result) return
    this.passed++
    this.next.push(value, context)
  }

  override deliver(result: unknown, value: unknown, context: Context): void {
    if (!result) return
    this.passed++
    this.next.push(value, context)
  }
}

/**
 * `map`; where only a `filter` reads it, what both do, in one call. Chains of the two are common, and a
 * call whose target V8 cannot foresee is most of what a step costs (a third of the chain in
 * `npm run bench -- chain`). All but the usual case is left to the two operators. The filter may leave.
 */
export class MapFilterOperator extends MapOperator {
  #filter: FilterOperator | undefined

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts, fn)
    this.follow(parts.next)
  }

  /** What stands below has changed. */
  override follow(next: Operator): void {
    super.follow(next)
    this.#filter = next instanceof FilterOperator ? next : undefined
  }

  override push(value: unknown, context: Context): void {
    const filter = this.#filter
    let result: unknown
    let kept: unknown
    let isMapped = false
    try {
      result = this.fn(value)
      if (isThenable(result)) return this.waitFor(result, value, context)
      if (filter !== undefined) {
        isMapped = true
        kept = filter.fn(result)
        if (kept !== true && isThenable(kept)) return filter.waitFor(kept, result, context)
      }
    } catch (thrown) {
      return isMapped ? filter?.failedNow(thrown, result, context) : this.failedNow(thrown, value, context)
    }
    if (filter === undefined) return this.next.push(result, context)
    if (!kept) return
    filter.passed++
    filter.next.push(result, context)
  }
}

/** `flatMap`: hands on all that the function gave; what throws half way has given nothing. */
export class FlatMapOperator extends StepOperator {
  /** How many elements it has given out since the start. */
  emitted = 0
  readonly #fn: UserFunction

  constructor(parts: StepParts, fn: UserFunction) {
    super(parts)
    this.#fn = fn
  }

  override call(value: unknown): unknown {
    const result = this.#fn(value)
    if (Array.isArray(result)) return result
    if (isThenable(result)) return result.then(listOf)
    return listOf(result)
  }

  override deliver(result: unknown, _value: unknown, context: Context): void {
    const { index } = context
    const elements = result as readonly unknown[]
    this.emitted += elements.length
    if (context.refs !== undefined) return this.#deliverCounted(elements, context)
    let number = index
    for (const element of elements) {
      context.index = number++
      this.next.push(element, context)
      if (this.scope.failure !== undefined) break
    }
    context.index = index
  }

  /** The counters of an element go with the last that it became. */
  #deliverCounted(elements: readonly unknown[], context: Context): void {
    const { index, refs } = context
    context.refs = undefined
    elements.forEach((element, number) => {
      if (this.scope.failure !== undefined) return
      context.index = index + number
      if (number === elements.length - 1) context.refs = refs
      this.next.push(element, context)
    })
    context.refs = refs
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
