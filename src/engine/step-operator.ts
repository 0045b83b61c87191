/**
 * The operators that call a user's function: map, filter, flatMap, async, key and time functions,
 * and kernels. They differ in what they call and how they deliver; waiting, retrying and failing is
 * the same for all.
 *
 * The busiest of them have a `push` of their own that does what the one here does: a call site that
 * sees one function costs a third less per element than one that sees them all (`npm run bench`).
 */
import {
  type AsyncCall,
  type Concurrency,
  type Context,
  isThenable,
  type KeptContext,
  keepContext,
} from '../graph/index.ts'
import { Call } from './call.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'
import type { Scope } from './scope.ts'
import { type InFlight, Waiting, type WaitingHost } from './waiting.ts'

const ONE_AT_A_TIME: Concurrency = {
  concurrency: 1,
  capacity: 1,
  order: 'all',
  timeoutMs: undefined,
  breaker: undefined,
}

/** Nobody gives up a call before it has given a promise. */
const FIRST_CALL: AsyncCall = new Call(0)

/** What every step operator is made of. */
export interface StepParts {
  readonly next: Operator
  readonly failures: FailureHandler
  readonly scope: Scope
  readonly concurrency?: Concurrency
  /** Whether somebody below looks at watermarks, as is assumed where it says nothing. */
  readonly marksMatter?: boolean
}

/** An operator that calls a function which may throw, or give a promise. */
export abstract class StepOperator implements Operator, WaitingHost {
  next: Operator
  readonly failures: FailureHandler
  readonly concurrency: Concurrency
  readonly marksMatter: boolean
  /** How many elements it was given again that were in flight when the last run stopped. */
  resumed = 0
  protected readonly scope: Scope
  /** Whether elements may wait here: then `queued` decides. The usual case is one comparison. */
  protected isBusy = false
  #waiting: Waiting | undefined

  constructor(parts: StepParts) {
    this.next = parts.next
    this.failures = parts.failures
    this.scope = parts.scope
    this.concurrency = parts.concurrency ?? ONE_AT_A_TIME
    this.marksMatter = parts.marksMatter ?? true
  }

  abstract call(value: unknown, context: Context, call: AsyncCall): unknown
  abstract deliver(result: unknown, value: unknown, context: Context): void

  push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    let result: unknown
    try {
      result = this.call(value, context, FIRST_CALL)
      if (isThenable(result)) return this.waitFor(result, value, context)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    this.deliver(result, value, context)
  }

  /** Says what stands below; of a live graph that changes. */
  follow(next: Operator): void {
    this.next = next
  }

  advance(watermark: number, idle: boolean): void {
    if (this.#waiting === undefined || this.#waiting.isEmpty) this.passMark(watermark, idle)
    else this.#waiting.addMark(watermark, idle)
  }

  passMark(watermark: number, idle: boolean): void {
    this.next.advance(watermark, idle)
  }

  /** How many elements are in flight here. */
  get inFlightCount(): number {
    return this.#waiting?.size ?? 0
  }

  /** The elements in flight here. */
  inFlight(): readonly InFlight[] {
    return this.#waiting?.inFlight() ?? []
  }

  /** Takes an element that was in flight when the last run stopped. */
  resumeElement(value: unknown, context: KeptContext): void {
    this.resumed++
    this.waiting().addReady(value, context)
  }

  /** Takes an element whose call gave a promise. */
  waitFor(promise: PromiseLike<unknown>, value: unknown, context: Context): void {
    this.waiting().addRunning(value, context, promise)
  }

  /** Drops what waits here, which nobody finishes any more; calls under way are told, and not looked at again. */
  close(): void {
    this.#waiting?.close()
    this.#waiting = undefined
    this.setBusy(false)
  }

  /** Lets an element wait behind those that do; false when none does any more. */
  protected queued(value: unknown, context: Context): boolean {
    if (this.#waiting === undefined || !this.#isWaiting(this.#waiting)) return false
    this.#waiting.addReady(value, keepContext(context))
    return true
  }

  /** Takes an element whose first call threw. */
  failedNow(thrown: unknown, value: unknown, context: Context): void {
    if (this.failures.mayRetry(thrown, 1)) this.waiting().addFailed(value, context, thrown)
    else this.failures.handle(thrown, value, context)
  }

  protected setBusy(busy: boolean): void {
    this.isBusy = busy
  }

  /** What waits here. */
  protected waiting(): Waiting {
    this.setBusy(true)
    this.#waiting ??= new Waiting(this, this.scope)
    return this.#waiting
  }

  #isWaiting(waiting: Waiting): boolean {
    if (!waiting.isEmpty) return true
    this.#waiting = undefined
    this.setBusy(false)
    return false
  }
}
