/**
 * Elements in flight at one operator: waiting for a promise, for their turn behind one that waits, or
 * for another attempt. Order is kept, watermarks wait behind the elements before them, and what is
 * in flight is part of the task's progress: after a restart it is given to the step again.
 */
import {
  type Context,
  isThenable,
  type KeptContext,
  keepContext,
  newContext,
  resumeContext,
} from '../graph/index.ts'
import type { FailureHandler } from './failure.ts'
import type { Hold } from './hold.ts'
import type { Scope, Waiter } from './scope.ts'

/** Free places before the first item, from which on they are given back. */
const LEAST_FREE = 1024

/** An element in flight, as progress keeps it. */
export interface InFlight {
  readonly value: unknown
  readonly context: KeptContext
}

/** How the operator that waits calls and delivers. */
export interface WaitingHost {
  readonly failures: FailureHandler
  /** Calls the user's function; may throw, may give a promise. */
  call(value: unknown, context: Context): unknown
  /** Hands the settled result on. */
  deliver(result: unknown, value: unknown, context: Context): void
  /** Lets a watermark that waited take effect. */
  passMark(watermark: number, idle: boolean): void
  readonly concurrency: number
  readonly ordered: boolean
  readonly timeoutMs: number | undefined
}

type Item =
  | {
      readonly kind: 'mark'
      watermark: number
      idle: boolean
      /** Keeps whoever waits for the end waiting, where the mark is that of the end. */
      hold: Hold | undefined
    }
  | {
      readonly kind: 'element'
      readonly value: unknown
      readonly context: KeptContext
      /** Keeps its root element unfinished, where somebody waits for that. */
      readonly hold: Hold | undefined
      /** Whether who emitted it should wait: it has not been tried yet. */
      heldBack: boolean
      state: 'ready' | 'running' | 'settled' | 'failed' | 'delayed'
      result: unknown
      attempts: number
      retryAt: number
      /** Ends the wait for the time-out of the call under way. */
      timeLimit: AbortController | undefined
    }

type Element = Extract<Item, { kind: 'element' }>

/** The elements in flight at one operator. */
export class Waiting implements Waiter {
  readonly #host: WaitingHost
  readonly #scope: Scope
  readonly #context = newContext()
  /** From `#head` on; places before it are free. Arrays that are shifted cost as much as they hold, once they are long. */
  #items: (Item | undefined)[] = []
  #head = 0
  #elements = 0
  #blocks = false

  constructor(host: WaitingHost, scope: Scope) {
    this.#host = host
    this.#scope = scope
  }

  /** Whether nothing waits, neither elements nor watermarks. */
  get isEmpty(): boolean {
    return this.#items.length === this.#head
  }

  /** Takes an element whose call gave this promise. */
  addRunning(value: unknown, context: Context, promise: PromiseLike<unknown>): void {
    const item = this.#add(value, context)
    item.attempts = 1
    this.#letGo(item)
    this.#watch(item, promise)
  }

  /** Takes an element whose first call threw, to be tried again. */
  addFailed(value: unknown, context: Context, thrown: unknown): void {
    const item = this.#add(value, context)
    item.attempts = 1
    this.#delay(item, thrown)
  }

  /** Takes an element that has not been tried yet. */
  addReady(value: unknown, context: KeptContext): void {
    this.#add(value, context)
    this.#scope.wake()
  }

  /** Takes a watermark that must not overtake the elements before it. */
  addMark(watermark: number, idle: boolean): void {
    const last = this.#items.at(-1)
    if (last?.kind === 'mark') {
      last.watermark = watermark
      last.idle = idle
      last.hold ??= this.#scope.holdForEnd(watermark)
    } else this.#items.push({ kind: 'mark', watermark, idle, hold: this.#scope.holdForEnd(watermark) })
  }

  /** The elements in flight, in order, for progress. */
  inFlight(): readonly InFlight[] {
    return this.#items.filter(item => item?.kind === 'element')
  }

  /** Drops everything: time-outs, attempts that are due, what is under way. */
  close(): void {
    for (const item of this.#items) {
      if (item?.kind !== 'element') continue
      item.attempts++
      item.timeLimit?.abort()
    }
    this.#items = []
    this.#head = 0
    this.#elements = 0
    this.#updateGate()
    this.#scope.wake()
  }

  /** An element that waits for its turn behind others asks for nothing: they wake the loop. */
  resumeAt(): number {
    if (this.#indexOfFinished() >= 0) return Number.NEGATIVE_INFINITY
    let at = Number.POSITIVE_INFINITY
    let places = this.#host.concurrency
    for (let index = this.#head; index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item?.kind !== 'element' || isSettled(item)) continue
      if (places-- === 0) break
      if (item.state === 'ready') return Number.NEGATIVE_INFINITY
      if (item.state === 'delayed') at = Math.min(at, item.retryAt)
    }
    return at
  }

  resume(): void {
    for (;;) {
      this.#start()
      const item = this.#takeFinished()
      if (item === undefined) break
      if (item.kind === 'mark') this.#passMark(item)
      else this.#finish(item)
      if (this.#scope.failure !== undefined) return
    }
    this.#updateGate()
  }

  /** Starts what may run: in order, up to the allowed number at a time. */
  #start(): void {
    let running = 0
    for (let index = this.#head; index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item?.kind !== 'element' || isSettled(item)) continue
      if (running === this.#host.concurrency) return
      running++
      if (item.state === 'delayed' && item.retryAt <= this.#scope.clock.monotonic()) item.state = 'ready'
      if (item.state === 'ready' && !this.#call(item)) running--
    }
  }

  /** Calls the user's function, and says whether the element goes on occupying a place. */
  #call(item: Element): boolean {
    item.attempts++
    this.#letGo(item)
    resumeContext(this.#context, item.context)
    try {
      const result = this.#host.call(item.value, this.#context)
      if (isThenable(result)) {
        this.#watch(item, result)
        return true
      }
      item.result = result
      item.state = 'settled'
      return false
    } catch (thrown) {
      return this.#delay(item, thrown)
    }
  }

  #watch(item: Element, promise: PromiseLike<unknown>): void {
    item.state = 'running'
    const attempt = item.attempts
    const isCurrent = (): boolean => item.state === 'running' && item.attempts === attempt
    const { timeoutMs } = this.#host
    const done = timeoutMs === undefined ? undefined : new AbortController()
    item.timeLimit = done
    promise.then(
      result => {
        done?.abort()
        if (!isCurrent()) return
        item.result = result
        item.state = 'settled'
        this.#scope.wake()
      },
      (thrown: unknown) => {
        done?.abort()
        if (!isCurrent()) return
        this.#delay(item, thrown)
        this.#scope.wake()
      },
    )
    if (timeoutMs === undefined) return
    // A sleep that nobody waits for any more would keep the process alive.
    void this.#scope.clock.sleep(timeoutMs, done?.signal).then(() => {
      if (!isCurrent()) return
      this.#delay(item, new Error(`took longer than ${timeoutMs} ms`))
      this.#scope.wake()
    })
  }

  /** Plans another attempt; false when there is none. */
  #delay(item: Element, thrown: unknown): boolean {
    const { failures } = this.#host
    item.result = thrown
    if (!failures.mayRetry(thrown, item.attempts)) {
      item.state = 'failed'
      return false
    }
    item.state = 'delayed'
    item.retryAt = this.#scope.clock.monotonic() + failures.backOffMs(item.attempts)
    resumeContext(this.#context, item.context)
    failures.retrying(thrown, item.value, this.#context)
    return true
  }

  /** The next item that can leave: the first one; in unordered mode any before the first mark. */
  #takeFinished(): Item | undefined {
    const index = this.#indexOfFinished()
    if (index < 0) return undefined
    const item = this.#items[index]
    // Those before it, of which there are no more than may run, move up by one.
    this.#items.copyWithin(this.#head + 1, this.#head, index)
    this.#items[this.#head++] = undefined
    if (this.#head > LEAST_FREE && this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head)
      this.#head = 0
    } else if (this.isEmpty) {
      this.#items.length = 0
      this.#head = 0
    }
    return item
  }

  #indexOfFinished(): number {
    for (let index = this.#head; index < this.#items.length; index++) {
      const item = this.#items[index]
      if (item === undefined) return -1
      if (item.kind === 'mark' ? index === this.#head : isSettled(item)) return index
      if (this.#host.ordered || item.kind === 'mark') return -1
    }
    return -1
  }

  #finish(item: Element): void {
    this.#elements--
    this.#scope.resume(item.hold, () => {
      resumeContext(this.#context, item.context)
      if (item.state === 'settled') this.#host.deliver(item.result, item.value, this.#context)
      else this.#host.failures.handle(item.result, item.value, this.#context)
    })
  }

  /** What a watermark sets off belongs to no element that anybody waits for, but the end's. */
  #passMark({ watermark, idle, hold }: Extract<Item, { kind: 'mark' }>): void {
    const pass = (): void => this.#host.passMark(watermark, idle)
    if (hold === undefined) this.#scope.background(pass)
    else this.#scope.resume(hold, pass)
  }

  #letGo(item: Element): void {
    if (!item.heldBack) return
    item.heldBack = false
    item.hold?.letGo()
  }

  #add(value: unknown, context: KeptContext): Element {
    const hold = this.#scope.keep()
    const item: Element = {
      kind: 'element',
      value,
      context: keepContext(context),
      hold,
      heldBack: hold !== undefined,
      state: 'ready',
      result: undefined,
      attempts: 0,
      retryAt: 0,
      timeLimit: undefined,
    }
    this.#items.push(item)
    this.#elements++
    this.#updateGate()
    return item
  }

  #updateGate(): void {
    const blocks = this.#elements >= this.#host.concurrency
    if (blocks !== this.#blocks) this.#scope.blocked += blocks ? 1 : -1
    this.#blocks = blocks
    if (!this.isEmpty) this.#scope.waiters.add(this)
    else this.#scope.waiters.delete(this)
  }
}

function isSettled(item: Element): boolean {
  return item.state === 'settled' || item.state === 'failed'
}
