/** Where a run under test may die, and the one place that decides that it does. */
import { SluiceError } from '../errors.ts'

/**
 * A moment at which a worker dies:
 *
 * - `record`: it has just read a record; what it does until its next commit never becomes durable
 * - `beforeCommit`: everything is ready, nothing is durable
 * - `afterCommit`: the commit is durable, but the worker never hears of it
 * - `whileRestoring`: it has taken over its inputs, and reads the state of the run before
 * - `turn`: anywhere where it lets others have their turn
 */
export type CrashMoment = 'record' | 'beforeCommit' | 'afterCommit' | 'whileRestoring' | 'turn'

/** When to crash, and who. */
export interface CrashPoint {
  readonly moment: CrashMoment
  /** The how-manieth such moment it is, from 1; the default is the first. */
  readonly number?: number
  /**
   * The worker that dies alone and is started again while the others go on, as a supervisor does
   * with a process that was killed. Without it the whole app dies and stays dead.
   */
  readonly worker?: number
}

/** What a dead worker throws; nobody but the driver sees it. */
export class Crash extends SluiceError {
  override readonly name = 'Crash'
  constructor() {
    super('INTERNAL', 'the worker was crashed by its test', false)
  }
}

/** One life of one worker: what ends when it dies. */
export class Life {
  readonly worker: number
  /** Aborted at death, so that a sleeping worker wakes and dies. */
  readonly ended: AbortController = new AbortController()
  readonly #passed: (life: Life, moment: CrashMoment) => void

  constructor(worker: number, passed: (life: Life, moment: CrashMoment) => void) {
    this.worker = worker
    this.#passed = passed
  }

  get isOver(): boolean {
    return this.ended.signal.aborted
  }

  /** The dead do nothing. */
  check(): void {
    if (this.isOver) throw new Crash()
  }

  /** Waits as long as the worker lives. */
  async wait(promise: Promise<void>): Promise<void> {
    const { signal } = this.ended
    let end = (): void => {}
    const ended = new Promise<void>(resolve => {
      end = resolve
    })
    signal.addEventListener('abort', end)
    await Promise.race([promise, ended]).finally(() => {
      signal.removeEventListener('abort', end)
    })
    this.check()
  }

  /** Tells that the worker has come to a moment, at which it may die. */
  pass(moment: CrashMoment): void {
    this.#passed(this, moment)
  }

  end(): void {
    this.ended.abort()
  }
}

/** Counts moments, and says when the one that was asked for has come. */
export class CrashPlan {
  #point: CrashPoint | undefined
  #seen = 0

  /** Whether a crash is still to come. */
  get isSet(): boolean {
    return this.#point !== undefined
  }

  /** Asks for one crash, or for none; replaces what was asked before. */
  set(point: CrashPoint | undefined): void {
    this.#point = point
    this.#seen = 0
  }

  /** The point if it has come now: each comes once. */
  take(worker: number, moment: CrashMoment): CrashPoint | undefined {
    const point = this.#point
    if (point === undefined || point.moment !== moment) return undefined
    if (point.worker !== undefined && point.worker !== worker) return undefined
    if (++this.#seen < (point.number ?? 1)) return undefined
    this.#point = undefined
    return point
  }
}
