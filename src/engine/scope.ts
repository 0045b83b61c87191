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

/** Shared by the operators of one or several joined tasks and by their loop. */
export class Scope {
  readonly clock: Clock
  readonly processingTime: ProcessingTime
  readonly counters: Counters
  readonly publish: Listener
  /** Resolves when everything published so far has reached its listener. */
  readonly delivered: () => Promise<void> | undefined
  /** How many operators cannot take further root elements now. */
  blocked = 0
  /** The first failure that no policy covers: nothing since the last commit counts. */
  failure: SluiceError | undefined
  /** The time steps of these tasks, which want to hear of new timers. */
  readonly dues: Due[] = []
  /** Operators with elements in flight. */
  readonly waiters: Set<Waiter> = new Set()
  readonly #wake: () => void

  constructor(
    clock: Clock,
    counters: Counters,
    publish: Listener,
    wake: () => void,
    delivered: () => Promise<void> | undefined = () => undefined,
  ) {
    this.clock = clock
    this.processingTime = new ProcessingTime(clock)
    this.counters = counters
    this.publish = publish
    this.#wake = wake
    this.delivered = delivered
  }

  fail(error: SluiceError): void {
    this.failure ??= error
  }

  /** Something settled: the loop should call `resume` soon. */
  wake(): void {
    this.#wake()
  }
}
