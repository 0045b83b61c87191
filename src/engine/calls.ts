/**
 * The calls of the elements in flight at one operator: which is next, how long it may take, whether it is
 * tried again.
 *
 * Invariant: an element keeps its place among those under way from its first call until it is settled,
 * also while it waits for another attempt: so no more are under way than may be, and the order of calls
 * is that of elements.
 */
import { StepError } from '../errors.ts'
import {
  type AsyncCall,
  type Concurrency,
  type Context,
  isThenable,
  newContext,
  resumeContext,
} from '../graph/index.ts'
import { Call } from './call.ts'
import { CircuitBreaker, type OpenCircuit } from './circuit-breaker.ts'
import type { FailureHandler } from './failure.ts'
import { RetryTimes } from './retry-times.ts'
import type { Scope } from './scope.ts'
import { StartQueue } from './start-queue.ts'
import { TimeOuts } from './time-outs.ts'
import type { WaitingElement } from './waiting-line.ts'

/** Whose function is called. */
export interface CallsHost {
  readonly failures: FailureHandler
  readonly concurrency: Concurrency
  /** Calls the user's function; may throw, may give a promise. */
  call(value: unknown, context: Context, call: AsyncCall): unknown
}

/** The calls of one operator. */
export class Calls {
  readonly #host: CallsHost
  readonly #scope: Scope
  readonly #settled: (element: WaitingElement) => void
  readonly #queue: StartQueue
  readonly #retries = new RetryTimes()
  readonly #timeOuts: TimeOuts | undefined
  readonly #circuit: CircuitBreaker | undefined
  readonly #context = newContext()
  #underWay = 0

  /** `settled` is told of each element that is done, well or not. */
  constructor(host: CallsHost, scope: Scope, settled: (element: WaitingElement) => void) {
    const { order, timeoutMs, breaker } = host.concurrency
    this.#host = host
    this.#scope = scope
    this.#settled = settled
    this.#queue = new StartQueue(order)
    if (timeoutMs !== undefined) {
      this.#timeOuts = new TimeOuts(timeoutMs, scope.clock, (element, call) => {
        const late = new StepError('STEP_FAILED', `took longer than ${timeoutMs} ms`)
        call.abort(late)
        this.#fail(element, call, late)
        scope.wake()
      })
    }
    if (breaker !== undefined) {
      this.#circuit = new CircuitBreaker(breaker, scope.clock, open => host.failures.switched(open))
    }
  }

  /** Why no calls are made at the moment, where there is a circuit breaker. */
  get openCircuit(): OpenCircuit | undefined {
    return this.#circuit?.open
  }

  /** Takes an element that has not been called yet. */
  add(element: WaitingElement): void {
    this.#queue.add(element)
  }

  /** Takes an element whose first call gave this promise. */
  addRunning(element: WaitingElement, promise: PromiseLike<unknown>): void {
    this.#watch(element, this.#begin(element), promise)
  }

  /** Takes an element whose first call threw. */
  addFailed(element: WaitingElement, thrown: unknown): void {
    this.#fail(element, this.#begin(element), thrown)
  }

  /** When `start` has something to do, on the monotonic clock: −∞ for now, +∞ when something else must come first. */
  startsAt(): number {
    const at = this.#mayStartAnother() ? Number.NEGATIVE_INFINITY : this.#retries.first()
    return this.#circuit === undefined ? at : Math.max(at, this.#circuit.callableAt)
  }

  /** Calls whatever may be called now. */
  start(): void {
    for (let element = this.#next(); element !== undefined; element = this.#next()) this.#call(element)
  }

  /** Calls this element, which was added last, if it is its turn already. */
  startNow(element: WaitingElement): void {
    if (this.#queue.first !== element || !this.#mayStartAnother() || !this.#isCallable()) return
    this.#queue.take()
    this.#call(element)
  }

  /** Nobody waits for the call of this element any more. */
  drop(element: WaitingElement, reason: Error): void {
    const { call } = element
    element.call = undefined
    if (call === undefined) return
    this.#timeOuts?.remove(call)
    call.abort(reason)
  }

  #mayStartAnother(): boolean {
    return this.#queue.first !== undefined && this.#underWay < this.#host.concurrency.concurrency
  }

  #isCallable(): boolean {
    return this.#circuit === undefined || this.#circuit.callableAt <= this.#scope.clock.monotonic()
  }

  /** Those that have waited for another attempt came first. */
  #next(): WaitingElement | undefined {
    if (this.startsAt() > this.#scope.clock.monotonic()) return undefined
    const again = this.#retries.take(this.#scope.clock.monotonic())
    return again ?? (this.#mayStartAnother() ? this.#queue.take() : undefined)
  }

  #call(element: WaitingElement): void {
    const call = this.#begin(element)
    resumeContext(this.#context, element.context)
    let result: unknown
    try {
      result = this.#host.call(element.value, this.#context, call)
      if (isThenable(result)) return this.#watch(element, call, result)
    } catch (thrown) {
      return this.#fail(element, call, thrown)
    }
    this.#succeed(element, call, result)
  }

  #begin(element: WaitingElement): Call {
    if (element.attempts++ === 0) this.#underWay++
    element.state = 'running'
    element.call = new Call(this.#circuit?.begin() ?? 0)
    return element.call
  }

  #watch(element: WaitingElement, call: Call, promise: PromiseLike<unknown>): void {
    this.#timeOuts?.add(element, call)
    promise.then(
      result => {
        if (element.call !== call) return
        this.#succeed(element, call, result)
        this.#scope.wake()
      },
      (thrown: unknown) => {
        if (element.call !== call) return
        this.#fail(element, call, thrown)
        this.#scope.wake()
      },
    )
  }

  #succeed(element: WaitingElement, call: Call, result: unknown): void {
    element.state = 'settled'
    element.result = result
    this.#done(element, call)
    this.#circuit?.succeeded(call.period)
  }

  /** Plans another attempt, where there is one. */
  #fail(element: WaitingElement, call: Call, thrown: unknown): void {
    const { failures } = this.#host
    element.result = thrown
    if (failures.mayRetry(thrown, element.attempts)) {
      this.#end(element, call)
      element.state = 'delayed'
      element.retryAt = this.#scope.clock.monotonic() + failures.backOffMs(element.attempts)
      this.#retries.add(element)
      resumeContext(this.#context, element.context)
      failures.retrying(thrown, element.value, this.#context)
    } else {
      element.state = 'failed'
      this.#done(element, call)
    }
    this.#circuit?.failed(call.period, thrown)
  }

  #done(element: WaitingElement, call: Call): void {
    this.#end(element, call)
    this.#underWay--
    this.#queue.done(element)
    this.#settled(element)
  }

  #end(element: WaitingElement, call: Call): void {
    element.call = undefined
    this.#timeOuts?.remove(call)
  }
}
