/** Runs a kernel: the stateful core kind. */
import {
  type Context,
  type HeldBack,
  isThenable,
  type Kernel,
  type KernelCounter,
  type KernelHost,
  newContext,
  type Partial,
  type ProcessStep,
  type Refs,
  releaseRefs,
} from '../graph/index.ts'
import type { Cells } from '../state/index.ts'
import type { Hold } from './hold.ts'
import type { Operator } from './operator.ts'
import type { Waiter } from './scope.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** What a kernel's operator needs beside the usual parts. */
export interface ProcessParts extends StepParts {
  readonly state: Cells
  /** Throws `KEY_MISPLACED` when an element's key belongs to another shard; none where there is but one. */
  readonly checkKey?: (context: Context) => void
  /** The readers of the side outputs; of a live graph they may change while it runs. */
  readonly outputs: ReadonlyMap<string, Operator>
  /** Called when the kernel will give nothing any more. */
  readonly complete?: () => void
  /** The number of its task. */
  readonly index?: number
}

/** A stateful step of one shard. */
export class ProcessOperator extends StepOperator implements KernelHost {
  readonly state: Cells
  readonly id: string
  readonly inputs: number
  readonly isKeyed: boolean
  readonly isLive: boolean
  readonly task: number
  /** Late elements since the last commit, for telling. */
  lateSinceCommit = 0
  finallyLateSinceCommit = 0
  /** How many elements its main output, and each side output, has given out since the start. */
  emitted = 0
  readonly emittedTo: Map<string, number> = new Map<string, number>()
  readonly #kernel: Kernel
  readonly #checkKey: ((context: Context) => void) | undefined
  readonly #outputs: ReadonlyMap<string, Operator>
  readonly #complete: (() => void) | undefined
  readonly #timerContext = newContext()
  #watermark = Number.NEGATIVE_INFINITY
  /** A watermark that waits behind elements. */
  #mark: { readonly watermark: number; readonly idle: boolean } | undefined
  /** Keeps the end of a live stream unfinished while something of this step is on its way. */
  #end: Hold | undefined
  /** How many elements that nobody waits for are not done with. */
  #apart = 0
  /** What waits for promises that belong to no element. */
  readonly #settling = new Set<Waiter>()
  /** When the kernel wants to be called, in processing time. */
  #alarmAt = Number.POSITIVE_INFINITY
  readonly #alarm: Waiter = {
    resume: () => {
      this.#ring()
    },
    resumeAt: () => this.scope.clock.monotonic() + this.#alarmAt - this.now(),
  }

  constructor(step: ProcessStep, open: (host: KernelHost) => Kernel, parts: ProcessParts) {
    super(parts)
    this.id = step.id
    this.state = parts.state
    this.#checkKey = parts.checkKey
    this.inputs = step.inputs.length
    this.isKeyed = step.logic.kind === 'kernel' && step.logic.keyed
    this.isLive = parts.scope.current.tracksHolds
    this.task = parts.index ?? 0
    this.#outputs = parts.outputs
    this.#complete = parts.complete
    this.#kernel = open(this)
  }

  get guarded(): boolean {
    return this.failures.guarded
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    try {
      const result = this.#kernel.push(value, context)
      if (isThenable(result)) this.waitFor(result, value, context)
    } catch (thrown) {
      this.failedNow(thrown, value, context)
    }
  }

  override call(value: unknown, context: Context): unknown {
    return this.#kernel.push(value, context)
  }

  override deliver(result: unknown, value: unknown, context: Context): void {
    // Without a result the kernel has emitted what it had to emit.
    if (result !== undefined) this.#kernel.settle?.(result, value, context)
  }

  /** Takes a partial aggregate that was made before the exchange. */
  pushPartial(partial: Partial, context: Context): void {
    try {
      this.#kernel.mergePartial?.(partial, context)
    } catch (thrown) {
      this.failures.handle(thrown, partial.state, context)
    }
  }

  override passMark(watermark: number, idle: boolean): void {
    this.#fire(watermark)
    this.#mark = { watermark, idle }
    this.#end ??= this.scope.holdForEnd(watermark)
    this.#tellMark()
  }

  /** Whether elements wait here that are part of the state. */
  get isWaiting(): boolean {
    return this.#kernel.waits?.() ?? false
  }

  get canFlush(): boolean {
    return this.#kernel.flush !== undefined
  }

  /** Gives out what the kernel collected. */
  flush(): void {
    this.#kernel.flush?.(this.#timerContext)
  }

  get canRewire(): boolean {
    return this.#kernel.rewire !== undefined
  }

  /** The inputs have changed: for each one now its former number, −1 for a new one. */
  rewire(former: readonly number[]): void {
    this.#kernel.rewire?.(former)
  }

  /** Asks for no further calls. */
  override close(): void {
    super.close()
    for (const waiter of this.#settling) this.scope.waiters.delete(waiter)
    this.#settling.clear()
    this.alarmAt(Number.POSITIVE_INFINITY)
  }

  emit(value: unknown, context: Context): void {
    this.emitted++
    this.next.push(value, context)
  }

  emitTo(output: string, value: unknown, context: Context): void {
    this.emittedTo.set(output, (this.emittedTo.get(output) ?? 0) + 1)
    this.#outputs.get(output)?.push(value, context)
  }

  count(what: KernelCounter, elements: number): void {
    this.scope.counters[what] += elements
    if (what === 'late') this.lateSinceCommit += elements
    else this.finallyLateSinceCommit += elements
  }

  failed(thrown: unknown, value: unknown, context: Context): void {
    this.failures.handle(thrown, value, context)
  }

  wakeAt(time: number): void {
    for (const due of this.scope.dues) due.wakeAt(time)
  }

  now(): number {
    return this.scope.processingTime.now()
  }

  alarmAt(time: number): void {
    this.#alarmAt = time
    if (time === Number.POSITIVE_INFINITY) {
      // A live graph that sleeps until then would keep the process alive for nothing.
      if (this.scope.waiters.delete(this.#alarm) && this.isLive) this.scope.wake()
    } else {
      this.scope.waiters.add(this.#alarm)
      this.scope.wake()
    }
  }

  emitApart(value: unknown, context: Context, done: () => void): boolean {
    const hold = this.scope.resume(undefined, () => {
      this.emit(value, context)
    })
    if (hold === undefined) return true
    if (!hold.isDone) {
      this.#apart++
      hold.onDone(() => {
        this.#apart--
        this.scope.tellUnheard(hold)
        done()
        this.#tellMark()
      })
      return false
    }
    this.scope.tellUnheard(hold)
    return true
  }

  complete(): void {
    this.#complete?.()
  }

  whenSettled(
    promise: PromiseLike<unknown>,
    then: (failure: { readonly thrown: unknown } | undefined) => void,
  ): void {
    const { waiters } = this.scope
    let settled: { readonly failure: { readonly thrown: unknown } | undefined } | undefined
    const waiter: Waiter = {
      resume: () => {
        if (settled === undefined || !waiters.delete(waiter)) return
        const { failure } = settled
        this.#settling.delete(waiter)
        this.scope.background(() => {
          then(failure)
          this.#tellMark()
        })
      },
      resumeAt: () => (settled === undefined ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
    }
    const settle = (failure: { readonly thrown: unknown } | undefined): void => {
      settled = { failure }
      this.scope.wake()
    }
    waiters.add(waiter)
    this.#settling.add(waiter)
    promise.then(
      () => settle(undefined),
      (thrown: unknown) => settle({ thrown }),
    )
  }

  holdBack(): HeldBack {
    const { scope } = this
    const hold = scope.keep()
    if (hold === undefined) {
      scope.blocked++
      const release = (): void => {
        scope.blocked--
      }
      return {
        release,
        resume: process => {
          process()
          release()
        },
      }
    }
    return {
      release: () => hold.free(),
      resume: process => {
        scope.resume(hold, () => {
          process()
          hold.letGo()
        })
      },
    }
  }

  release(refs: Refs | undefined): void {
    if (refs === undefined) return
    const { hold } = this.scope.current
    if (hold === undefined) releaseRefs(refs)
    else hold.onDone(() => releaseRefs(refs))
  }

  checkKey(context: Context): void {
    this.#checkKey?.(context)
  }

  #fire(watermark: number): void {
    if (watermark <= this.#watermark) return
    this.#watermark = watermark
    this.#kernel.advance(watermark, this.#timerContext)
    this.wakeAt(this.#kernel.due())
  }

  #ring(): void {
    if (this.now() < this.#alarmAt) return
    this.alarmAt(Number.POSITIVE_INFINITY)
    this.scope.background(() => {
      this.#kernel.alarm?.(this.now(), this.#timerContext)
      this.#tellMark()
    })
  }

  #tellMark(): void {
    const mark = this.#mark
    if (mark !== undefined && !this.isWaiting) {
      this.#mark = undefined
      if (this.#end === undefined) this.#passOn(mark)
      else {
        this.#end.retain()
        this.scope.resume(this.#end, () => this.#passOn(mark))
      }
    }
    if (this.#end === undefined || this.#mark !== undefined || this.#apart > 0) return
    const end = this.#end
    this.#end = undefined
    end.release()
  }

  #passOn({ watermark, idle }: { readonly watermark: number; readonly idle: boolean }): void {
    const passed = watermark - (this.#kernel.lagMs ?? 0)
    this.next.advance(passed, idle)
    for (const output of this.#outputs.values()) output.advance(passed, idle)
  }
}
