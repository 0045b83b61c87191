/**
 * One call of a handler: whose state it sees, and what it has done so far.
 *
 * Invariant: what a call does in a draft (writes, timers, elements) takes effect when it has returned, all
 * of it, or not at all. Without a draft writes are through, and what is given out still waits for the end.
 */
import type { Key } from '../../codec/index.ts'
import { StepError } from '../../errors.ts'
import type { Context, KernelHost } from '../../graph/index.ts'

/** The key of what has none. */
export const NO_KEY = ''

/** What is written in a draft. */
export interface Draft {
  /** Lets it take effect. */
  apply(): void
  /** Forgets it. */
  forget(): void
}

/** An element for a side output. */
export interface SideElement {
  readonly output: string
  readonly value: unknown
}

/** A call of a handler. Synchronous ones share one, call after call; asynchronous ones have one each. */
export class Call {
  readonly host: KernelHost
  readonly isDraft: boolean
  /** What handlers are given. */
  user: unknown
  key: Key = NO_KEY
  /** The moment of event time at which it is: that of its element or timer, or later where that came late. */
  instant = 0
  /** The time and entry watermark of its element or timer. */
  time = 0
  entryWatermark = 0
  /** Whether it is over: what is remembered for one call is of no use in the next. */
  number = 0
  /** The call as seen by the shared cell, which has no key. */
  shared: Call | undefined
  /** Whether its element came too late for every window. */
  lateness: 'no' | 'late' | 'finallyLate' = 'no'
  /** Where the call's element is. */
  context: Context
  readonly aside: SideElement[] = []
  /** What the handler gave. */
  given: readonly unknown[] = []
  readonly #drafts: Draft[] = []
  #isActive = false

  constructor(host: KernelHost, context: Context, isDraft: boolean) {
    this.host = host
    this.context = context
    this.isDraft = isDraft
  }

  begin(key: Key, { time, entryWatermark }: Pick<Context, 'time' | 'entryWatermark'>): void {
    this.key = key
    this.time = time
    this.entryWatermark = entryWatermark
    this.instant = Math.max(time, entryWatermark + 1)
    this.number++
    this.#isActive = true
    this.shared?.begin(NO_KEY, { time, entryWatermark })
  }

  /** Throws unless the handler is still at it: state of another key may stand here by now. */
  check(): void {
    if (this.#isActive) return
    throw new StepError(
      'STEP_FAILED',
      'state, timers and outputs were used after the call had returned: the context of a call ends with it; await what the handler starts, and keep nothing of the context',
    )
  }

  /** Something was written for the first time in this call. */
  wrote(draft: Draft): void {
    this.#drafts.push(draft)
  }

  emitTo(name: string, element: unknown): void {
    this.check()
    this.aside.push({ output: name, value: element })
  }

  /** Throws where the call's key does not belong here; for what is written under a new key. */
  checkKey(): void {
    this.host.checkKey(this.context)
  }

  /** The handler has returned, or thrown. */
  end(): void {
    this.#isActive = false
    this.shared?.end()
  }

  /** Lets what it did take effect; what it gave out is left. */
  apply(): void {
    if (this.#drafts.length > 0) {
      for (const draft of this.#drafts) draft.apply()
      this.#drafts.length = 0
    }
    this.shared?.apply()
  }

  /** Forgets what it did. */
  drop(): void {
    this.#isActive = false
    this.shared?.drop()
    for (const draft of this.#drafts) draft.forget()
    this.#drafts.length = 0
    this.aside.length = 0
    this.given = []
  }
}
