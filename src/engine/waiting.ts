/**
 * Elements in flight at one operator: waiting for a promise, for their turn behind one that waits, or
 * for another attempt. Watermarks wait behind the elements before them, and what is in flight is part of
 * the task's progress: after a restart it is given to the step again.
 *
 * Invariant: what an element costs does not depend on how many wait.
 */
import { UsageError } from '../errors.ts'
import { type Context, type KeptContext, keepContext, newContext, resumeContext } from '../graph/index.ts'
import { Calls, type CallsHost } from './calls.ts'
import type { OpenCircuit } from './circuit-breaker.ts'
import { LinkedList } from './linked-list.ts'
import type { Scope, Waiter } from './scope.ts'
import { type WaitingElement, WaitingLine, type WaitingMark } from './waiting-line.ts'

/** An element in flight, as progress keeps it. */
export interface InFlight {
  readonly value: unknown
  readonly context: KeptContext
}

/** How the operator that waits calls and delivers. */
export interface WaitingHost extends CallsHost {
  /** Hands the settled result on. */
  deliver(result: unknown, value: unknown, context: Context): void
  /** Lets a watermark that waited take effect. */
  passMark(watermark: number, idle: boolean): void
  /** Whether somebody below looks at watermarks: then no element may overtake one. */
  readonly marksMatter: boolean
}

/** The elements in flight at one operator. */
export class Waiting implements Waiter {
  readonly #host: WaitingHost
  readonly #scope: Scope
  readonly #context = newContext()
  readonly #line: WaitingLine
  readonly #calls: Calls
  /** Elements above the capacity: those who emitted them wait for room. */
  readonly #heldBack = new LinkedList<WaitingElement>()
  #blocks = false

  constructor(host: WaitingHost, scope: Scope) {
    this.#host = host
    this.#scope = scope
    this.#line = new WaitingLine(host.concurrency.order, { fences: host.marksMatter })
    this.#calls = new Calls(host, scope, element => this.#line.settled(element))
  }

  /** Whether nothing waits, neither elements nor watermarks. */
  get isEmpty(): boolean {
    return this.#line.isEmpty
  }

  /** How many elements are in flight. */
  get size(): number {
    return this.#line.size
  }

  /** Why no calls are made at the moment, where there is a circuit breaker. */
  get openCircuit(): OpenCircuit | undefined {
    return this.#calls.openCircuit
  }

  /** Takes an element whose call gave this promise. */
  addRunning(value: unknown, context: Context, promise: PromiseLike<unknown>): void {
    this.#calls.addRunning(this.#add(value, context), promise)
  }

  /** Takes an element whose first call threw, to be tried again. */
  addFailed(value: unknown, context: Context, thrown: unknown): void {
    this.#calls.addFailed(this.#add(value, context), thrown)
  }

  /** Takes an element that has not been tried yet. */
  addReady(value: unknown, context: KeptContext): void {
    this.#calls.add(this.#add(value, context))
    this.#scope.wake()
  }

  /** Takes an element, and calls it at once if it is its turn. */
  take(value: unknown, context: Context): void {
    const element = this.#add(value, context)
    this.#calls.add(element)
    this.#calls.startNow(element)
    if (element.state !== 'running' && this.resumeAt() < Number.POSITIVE_INFINITY) this.#scope.wake()
  }

  /** Takes a watermark that must not overtake the elements before it. */
  addMark(watermark: number, idle: boolean): void {
    this.#line.addMark(watermark, idle, () => this.#scope.holdForEnd(watermark))
  }

  /** The elements in flight, in the order in which they came, for progress. */
  inFlight(): readonly InFlight[] {
    return [...this.#line.elements()]
  }

  /** Drops everything: time-outs, attempts that are due, what is under way. */
  close(): void {
    const reason = new UsageError(
      'the step was closed, and nobody waits for the result of this call any more',
    )
    for (const element of this.#line.elements()) this.#calls.drop(element, reason)
    this.#line.clear()
    this.#heldBack.clear()
    this.#updateGate()
    this.#scope.wake()
  }

  /** An element that waits for its turn behind others asks for nothing: they wake the loop. */
  resumeAt(): number {
    return this.#line.canLeave ? Number.NEGATIVE_INFINITY : this.#calls.startsAt()
  }

  resume(): void {
    for (;;) {
      this.#calls.start()
      const item = this.#line.take()
      if (item === undefined) break
      if (item.kind === 'mark') this.#passMark(item)
      else this.#finish(item)
      if (this.#scope.failure !== undefined) return
    }
    this.#updateGate()
  }

  #finish(element: WaitingElement): void {
    this.#giveRoom(element)
    this.#scope.resume(element.hold, () => {
      resumeContext(this.#context, element.context)
      if (element.state === 'settled') this.#host.deliver(element.result, element.value, this.#context)
      else this.#host.failures.handle(element.result, element.value, this.#context)
    })
  }

  /** What a watermark sets off belongs to no element that anybody waits for, but the end's. */
  #passMark({ watermark, idle, hold }: WaitingMark): void {
    const pass = (): void => this.#host.passMark(watermark, idle)
    if (hold === undefined) this.#scope.background(pass)
    else this.#scope.resume(hold, pass)
  }

  /** An element has left: whoever emitted it, or else the first that is above the capacity, need not wait. */
  #giveRoom(leaving: WaitingElement): void {
    const element = leaving.heldBack === undefined ? this.#heldBack.first : leaving
    if (element?.heldBack === undefined) return
    this.#heldBack.remove(element.heldBack)
    element.heldBack = undefined
    element.hold?.letGo()
  }

  #add(value: unknown, context: KeptContext): WaitingElement {
    const hold = this.#scope.hold()
    hold?.retain()
    const element: WaitingElement = {
      kind: 'element',
      value,
      context: keepContext(context),
      hold,
      heldBack: undefined,
      state: 'ready',
      result: undefined,
      attempts: 0,
      retryAt: 0,
      call: undefined,
      place: undefined,
      behind: undefined,
    }
    this.#line.add(element)
    if (hold !== undefined && this.#line.size > this.#host.concurrency.capacity) {
      hold.holdBack()
      element.heldBack = this.#heldBack.append(element)
    }
    this.#updateGate()
    return element
  }

  #updateGate(): void {
    const blocks = this.#line.size >= this.#host.concurrency.capacity
    if (blocks !== this.#blocks) this.#scope.blocked += blocks ? 1 : -1
    this.#blocks = blocks
    if (!this.isEmpty) this.#scope.waiters.add(this)
    else this.#scope.waiters.delete(this)
  }
}
