/**
 * Runs a process function: one kernel, made of its definition.
 *
 * Invariant: calls come one after the other, also asynchronous ones. What a call does takes effect when it
 * has returned, and what is due (timers, windows that close, the end) is done in the order of time, as jobs
 * of which each is gone from the state in the same step that brings its effects.
 */
import type { Key } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'
import {
  type Context,
  isThenable,
  type Kernel,
  type KernelHost,
  newContext,
  resumeContext,
} from '../../graph/index.ts'
import { plainWire, type ValueCell } from '../../state/index.ts'
import { keyOf } from '../key-of.ts'
import { MadeHere } from '../made-here.ts'
import { Call, NO_KEY } from './call.ts'
import { type MadeCall, makeCall } from './call-maker.ts'
import { type Definition, LATE_OUTPUT } from './definition.ts'
import { DueJobs, describeJob, type EndlessTimers, type Job } from './due-jobs.ts'
import { openCells, type ProcessCells } from './open-cells.ts'

const NOTHING: readonly unknown[] = []
const NEVER = Number.POSITIVE_INFINITY
const BEFORE_ALL = Number.NEGATIVE_INFINITY
const BROADCAST_SIDE = 1

/** The running logic of a process function for one shard. */
export class ProcessKernel implements Kernel {
  readonly #definition: Definition
  readonly #host: KernelHost
  readonly #cells: ProcessCells
  readonly #isDraft: boolean
  /** The call that all synchronous ones share. */
  readonly #made: MadeCall
  readonly #jobContext = newContext()
  readonly #madeHere: MadeHere
  readonly #jobs: DueJobs
  /** The largest time of an element, where `onEnd` gives something out with it. */
  readonly #newest: ValueCell<number> | undefined
  #watermark = Number.NEGATIVE_INFINITY
  /** Processing time has come so far. */
  #clock = Number.NEGATIVE_INFINITY
  #askedAlarm = NEVER
  /** Whether a call is under way, or has settled and has not taken effect yet. */
  #isBusy = false
  #isJobUnderWay = false
  #whenFree: (() => void)[] = []

  constructor(definition: Definition, host: KernelHost) {
    this.#definition = definition
    this.#host = host
    this.#isDraft = host.guarded || definition.isAsync
    this.#cells = openCells(definition, host)
    if (definition.onEnd !== undefined)
      this.#newest = host.state.value('newest time', plainWire(), BEFORE_ALL)
    this.#jobs = new DueJobs(definition, { cells: this.#cells, isKeyed: host.isKeyed, newest: this.#newest })
    this.#madeHere = new MadeHere(host)
    this.#made = this.#makeCall()
    this.#askAlarm()
  }

  push(value: unknown, context: Context): PromiseLike<unknown> | undefined {
    if (this.#definition.isAsync) {
      const own = newContext()
      resumeContext(own, context)
      return this.#callInTurn(value, own)
    }
    const made = this.#made
    const { call } = made
    const { key } = context
    call.context = context
    try {
      const result = this.#begin(made, value, context)
      if (isThenable(result)) throw this.#notAsync()
      call.given = this.#listOf(result)
      call.end()
      call.apply()
    } catch (thrown) {
      call.drop()
      throw thrown
    } finally {
      context.key = key
    }
    this.#give(call, context)
    this.#afterCall()
    return undefined
  }

  settle(result: unknown, _value: unknown, context: Context): void {
    if (!(result instanceof Call)) return
    result.context = context
    result.apply()
    this.#give(result, context)
    this.#isBusy = false
    this.#afterCall()
    this.#free()
  }

  advance(watermark: number): void {
    this.#watermark = Math.max(this.#watermark, watermark)
    this.#work()
  }

  alarm(now: number): void {
    this.#askedAlarm = NEVER
    this.#clock = Math.max(this.#clock, now)
    this.#work()
  }

  due(): number {
    const { eventTimers, expiries, windows } = this.#cells
    let due = Math.min(eventTimers.firstTime(), expiries.event.firstTime() - 1)
    for (const store of windows) due = Math.min(due, store.due())
    return due
  }

  waits(): boolean {
    return this.#isJobUnderWay
  }

  /** Calls the handler of an element, and gives its result. */
  #begin({ call, user, broadcast }: MadeCall, value: unknown, context: Context): unknown {
    call.lateness = 'no'
    if (this.#isBroadcast(context)) {
      context.key = undefined
      call.begin(NO_KEY, context)
      broadcast.time = context.time
      return this.#definition.onBroadcast?.(value, broadcast)
    }
    if (this.#cells.windows.length > 0) {
      call.lateness = this.#latenessOf(context)
      if (call.lateness !== 'no') {
        call.aside.push({ output: LATE_OUTPUT, value })
        return undefined
      }
    }
    const newest = this.#newest
    if (newest !== undefined && context.time > newest.get()) newest.set(context.time)
    const isKeyed = this.#host.isKeyed
    call.begin(isKeyed ? keyOf(context) : NO_KEY, context)
    user.key = context.key
    user.time = context.time
    user.draining = false
    return this.#definition.onElement(value, user)
  }

  #isBroadcast({ side }: Context): boolean {
    return side === BROADCAST_SIDE && this.#definition.onBroadcast !== undefined
  }

  /** Calls the handler of an element once those before have taken effect. */
  async #callInTurn(value: unknown, context: Context): Promise<Call> {
    // Whoever waits here is the only one: elements come one at a time.
    while (this.#isBusy) await new Promise<void>(resolve => this.#whenFree.push(resolve))
    this.#isBusy = true
    const made = this.#makeCall()
    const { call } = made
    call.context = context
    try {
      if (!this.#isBroadcast(context)) this.#host.checkKey(context)
      call.given = this.#listOf(await this.#begin(made, value, context))
      call.end()
      return call
    } catch (thrown) {
      call.drop()
      this.#isBusy = false
      this.#askAlarm()
      this.#free()
      throw thrown
    }
  }

  /** Does what is due, as long as nothing has to be waited for. */
  #work(): void {
    while (!this.#isBusy) {
      const job = this.#jobs.next(this.#watermark, this.#clock)
      if (job === undefined) break
      if (job.kind === 'endless') this.#tellEndless(job)
      else this.#perform(job)
    }
    if (!this.#isBusy) this.#rest()
  }

  /** Nothing is due any more. */
  #rest(): void {
    const { expiries, windows } = this.#cells
    const isEnd = this.#watermark === NEVER
    // What expires later than the end of a drained input may be asked for in the next run.
    if (!isEnd) expiries.event.expire(this.#watermark + 1)
    expiries.processing.expire(this.#clock)
    for (const store of windows) store.reached(this.#watermark)
    this.#afterJobs()
  }

  #afterCall(): void {
    const { eventTimers } = this.#cells
    if (eventTimers.firstTime() <= this.#watermark) this.#work()
    else this.#afterJobs()
  }

  #afterJobs(): void {
    const due = this.due()
    if (due < NEVER) this.#host.wakeAt(due)
    this.#askAlarm()
  }

  #askAlarm(): void {
    const { clockTimers, expiries } = this.#cells
    // In a live stream nothing wakes for what only frees memory: that would keep the process alive.
    const expiry = this.#host.isLive ? NEVER : expiries.processing.firstTime()
    const at = Math.min(clockTimers.firstTime(), expiry)
    if (at === this.#askedAlarm) return
    this.#askedAlarm = at
    this.#host.alarmAt(at)
  }

  #tellEndless({ timer, fired }: EndlessTimers): void {
    this.#enter(timer.key, timer.time)
    const { name } = timer.of
    this.#host.failed(
      new StepError(
        'STEP_FAILED',
        `timers are set again and again while the input is drained: ${fired} have fired, and "${name}" is due at ${timer.time}; set no timer when context.draining is true`,
      ),
      { timer: name, time: timer.time },
      this.#jobContext,
    )
  }

  #perform(job: Job): void {
    const made = this.#definition.isAsync ? this.#makeCall() : this.#made
    const { call } = made
    const context = this.#enter(job.key, job.time)
    call.context = context
    call.lateness = 'no'
    call.begin(job.key, context)
    let result: unknown
    try {
      result = this.#callOf(job, made, context)
      if (isThenable(result) && !this.#definition.isAsync) throw this.#notAsync()
      if (!isThenable(result)) {
        call.given = this.#listOf(result)
        call.end()
        call.apply()
      }
    } catch (thrown) {
      return this.#failed(job, call, thrown)
    }
    if (isThenable(result)) this.#performLater(job, call, result)
    else this.#performed(job, call)
  }

  #performLater(job: Job, call: Call, result: PromiseLike<unknown>): void {
    this.#isBusy = true
    this.#isJobUnderWay = true
    const settled = async (): Promise<void> => {
      call.given = this.#listOf(await result)
      call.end()
    }
    this.#host.whenSettled(settled(), failure => {
      this.#isBusy = false
      this.#isJobUnderWay = false
      this.#enter(job.key, job.time)
      if (failure === undefined) {
        call.apply()
        this.#performed(job, call)
      } else this.#failed(job, call, failure.thrown)
      this.#work()
      this.#free()
    })
  }

  #performed(job: Job, call: Call): void {
    this.#consume(job)
    if (call.aside.length + call.given.length === 0) return
    this.#madeHere.enter(this.#jobContext.key, job.time, this.#jobContext)
    this.#give(call, this.#jobContext)
  }

  /** What failed is over, and has left nothing behind. */
  #failed(job: Job, call: Call, thrown: unknown): void {
    call.drop()
    if (job.kind === 'timer' && job.timer.entry?.live === true) job.timer.of.delete(job.timer)
    this.#consume(job)
    this.#madeHere.enter(this.#jobContext.key, job.time, this.#jobContext)
    this.#host.failed(thrown, describeJob(job), this.#jobContext)
  }

  /** Asynchronous calls may have commits between them: what has closed must not close again. */
  #consume(job: Job): void {
    if (job.kind === 'close' && this.#definition.isAsync) job.store.closedOne(job.entry)
  }

  #callOf(job: Job, { user, call }: MadeCall, context: Context): unknown {
    const { onTimer, onClose, onEnd } = this.#definition
    user.key = context.key
    user.time = job.time
    user.draining = this.#watermark === NEVER
    switch (job.kind) {
      case 'timer': {
        const { timer, time } = job
        const { id } = timer
        const name = timer.of.name
        timer.of.take(timer, call, user.timers[name])
        return onTimer?.({ name, time, id }, user)
      }
      case 'close': {
        const window = job.store.windowOf(job.end)
        const state = job.store.stateFor(job.end, call)
        return onClose?.({ cell: job.store.name, window, state }, user)
      }
      case 'end':
        return onEnd?.(user)
    }
  }

  /** Makes the job's context that of its key and time; where nothing is given out, that is enough. */
  #enter(key: Key, time: number): Context {
    const context = this.#jobContext
    context.time = time
    context.entryWatermark = time - 1
    context.key = this.#host.isKeyed ? key : undefined
    return context
  }

  /** Gives out what a call made, that for side outputs first. */
  #give(call: Call, context: Context): void {
    const { aside, given } = call
    const { index, refs } = context
    const host = this.#host
    let left = aside.length + given.length
    if (left === 0) return
    if (call.lateness !== 'no') host.count(call.lateness, 1)
    context.refs = undefined
    aside.forEach(({ output, value }, number) => {
      // The counters of an element go with the last that it became.
      if (--left === 0) context.refs = refs
      context.index = index + number
      host.emitTo(output, value, context)
    })
    aside.length = 0
    for (let number = 0; number < given.length; number++) {
      if (--left === 0) context.refs = refs
      context.index = index + number
      host.emit(given[number], context)
    }
    call.given = NOTHING
    context.index = index
    context.refs = refs
  }

  #latenessOf(context: Context): 'no' | 'late' | 'finallyLate' {
    let lateness: 'late' | 'finallyLate' = 'late'
    for (const store of this.#cells.windows) {
      const its = store.isLate(context)
      if (its === 'no') return 'no'
      if (its === 'finallyLate') lateness = its
    }
    return lateness
  }

  /** Lets an element go on that waits for its turn. */
  #free(): void {
    if (this.#isBusy) return
    const waiting = this.#whenFree
    this.#whenFree = []
    for (const resolve of waiting) resolve()
  }

  #makeCall(): MadeCall {
    return makeCall(this.#host, { ...this.#cells, outputs: this.#definition.outputs, isDraft: this.#isDraft })
  }

  #listOf(result: unknown): readonly unknown[] {
    if (result === undefined) return NOTHING
    if (Array.isArray(result)) return result
    if (typeof result === 'object' && result !== null && Symbol.iterator in result) {
      return [...(result as Iterable<unknown>)]
    }
    throw new StepError(
      'STEP_FAILED',
      `a handler gave ${describeValue(result)}; expected nothing, an array, or another iterable of what to give out`,
    )
  }

  #notAsync(): StepError {
    return new StepError(
      'STEP_FAILED',
      'a handler gave a promise and is no async function; declare it async, so that what it changes takes effect when it is done and not before',
    )
  }
}
