/**
 * What the operators of a task share with the loop that drives them: the gate, the first failure,
 * the counters, and what has to be asked before sleeping.
 *
 * Tasks that are joined by an in-memory exchange share one scope, since they block, fail and commit
 * together.
 */
import type { SluiceError } from '../errors.ts'
import type { Listener } from '../observe/index.ts'
import { type Clock, ProcessingTime } from '../time/index.ts'
import type { Due } from './due.ts'
import { Hold } from './hold.ts'

/** Numbers that are told as progress. */
export interface Counters {
  records: number
  written: number
  late: number
  finallyLate: number
  skipped: number
  deadLetters: number
  commits: number
}

/** Counters at zero. */
export function newCounters(): Counters {
  return { records: 0, written: 0, late: 0, finallyLate: 0, skipped: 0, deadLetters: 0, commits: 0 }
}

/** An operator that has elements waiting for something. */
export interface Waiter {
  /** Does what can be done now. */
  resume(): void
  /** When `resume` should be called at the latest, on the monotonic clock; +∞ for "when woken". */
  resumeAt(): number
}

/**
 * What is true of the root element that is being processed right now. One object for everything that
 * can be below one call of an emit: whoever begins another root within it puts things back.
 */
export interface Current {
  /** The first failure that no policy covers: nothing since the last commit counts. */
  failure: SluiceError | undefined
  /** What keeps the root element unfinished, once anything does. */
  hold: Hold | undefined
  /** Whether somebody waits for single elements; where only commits count, nothing is held. */
  readonly tracksHolds: boolean
  /** Where the root element goes on that went into a step earlier, or that a timer set off; undefined: it has just been emitted. */
  within: Scope | undefined
}

/** What a scope is made of. */
export interface ScopeParts {
  readonly clock: Clock
  readonly counters: Counters
  readonly publish: Listener
  /** Something settled: the loop should call `resume` soon. */
  readonly wake: () => void
  /** Resolves when everything published so far has reached its listener. */
  readonly delivered?: (() => Promise<void> | undefined) | undefined
  readonly current?: Current
  /** Takes a failure of what nobody waits for; where only commits count there is none. */
  readonly unheard?: (error: SluiceError) => void
}

/** Shared by the operators of one or several joined tasks and by their loop. */
export class Scope {
  readonly clock: Clock
  readonly processingTime: ProcessingTime
  readonly counters: Counters
  readonly publish: Listener
  readonly delivered: () => Promise<void> | undefined
  readonly wake: () => void
  readonly current: Current
  /** Takes a failure that nobody waits for. */
  readonly unheard: (error: SluiceError) => void
  /** How many operators cannot take further root elements now. */
  blocked = 0
  /** The time steps of these tasks, which want to hear of new timers. */
  readonly dues: Due[] = []
  /** Operators with elements in flight. */
  readonly waiters: Set<Waiter> = new Set()

  constructor(parts: ScopeParts) {
    this.clock = parts.clock
    this.processingTime = new ProcessingTime(parts.clock)
    this.counters = parts.counters
    this.publish = parts.publish
    this.wake = parts.wake
    this.delivered = parts.delivered ?? (() => undefined)
    this.unheard = parts.unheard ?? (() => {})
    this.current = parts.current ?? {
      failure: undefined,
      hold: undefined,
      tracksHolds: false,
      within: undefined,
    }
  }

  /** The first failure that no policy covers. */
  get failure(): SluiceError | undefined {
    return this.current.failure
  }

  fail(error: SluiceError): void {
    this.current.failure ??= error
  }

  /** What keeps the current root element unfinished; undefined where nobody waits for single elements. */
  hold(): Hold | undefined {
    const { current } = this
    if (!current.tracksHolds) return undefined
    current.hold ??= new Hold()
    return current.hold
  }

  /** Keeps the current root element unfinished, and who emitted it waiting, until it is freed. */
  keep(): Hold | undefined {
    const hold = this.hold()
    hold?.retain()
    hold?.holdBack()
    return hold
  }

  /** Keeps whoever waits for the end of the input waiting, for as long as it has not been passed on. */
  holdForEnd(watermark: number): Hold | undefined {
    if (watermark < Number.POSITIVE_INFINITY) return undefined
    const hold = this.hold()
    hold?.retain()
    return hold
  }

  /** Tells a failure that nobody waits for. */
  tellUnheard({ failure }: Hold): void {
    if (failure !== undefined) this.unheard(failure)
  }

  /** Processes what belongs to no element that anybody waits for, such as what a timer sets off. */
  background(process: () => void): void {
    const hold = this.resume(undefined, process)
    hold?.onDone(() => {
      this.tellUnheard(hold)
    })
  }

  /**
   * Processes what follows from an earlier element, for which `hold` was retained, or a root of its own
   * without one. Gives the hold where something is still under way, or something failed.
   */
  resume(hold: Hold | undefined, process: () => void): Hold | undefined {
    const { current } = this
    if (!current.tracksHolds) {
      process()
      return undefined
    }
    const { hold: outerHold, failure: outerFailure, within } = current
    current.hold = hold
    current.failure = undefined
    current.within = this
    process()
    current.within = within
    const { failure } = current
    const under = failure === undefined ? current.hold : this.hold()
    current.hold = outerHold
    current.failure = outerFailure
    if (failure !== undefined) under?.fail(failure)
    under?.release()
    return under
  }
}
