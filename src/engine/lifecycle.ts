/** The life of a worker as a listed state machine: what is not listed is a bug. */
import { InternalError } from '../errors.ts'

/** A state of a worker. */
export type LifecycleState =
  | 'starting'
  | 'claiming'
  | 'restoring'
  | 'running'
  | 'paused'
  | 'stopping'
  | 'stopped'
  | 'failed'

/** The states of a worker, and what may follow each. */
export const TRANSITIONS: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  /** Reads topics and facts, makes the plan. */
  starting: ['claiming', 'stopped', 'failed'],
  /** Takes over its inputs: earlier owners are fenced from here on. */
  claiming: ['restoring', 'failed'],
  /** Brings state back to the last commit. */
  restoring: ['running', 'failed'],
  /** Processes and commits. */
  running: ['paused', 'stopping', 'failed'],
  /** Reads nothing and keeps everything: the app is paused. */
  paused: ['running', 'stopping', 'failed'],
  /** Takes no further elements, commits what is done. */
  stopping: ['stopped', 'failed'],
  stopped: [],
  failed: [],
}

/** Where a worker is in its life. */
export class Lifecycle {
  state: LifecycleState = 'starting'
  readonly #changed: (state: LifecycleState, detail: string) => void

  constructor(changed: (state: LifecycleState, detail: string) => void) {
    this.#changed = changed
  }

  /** Moves on; `detail` says more to people. */
  become(state: LifecycleState, detail = ''): void {
    if (!TRANSITIONS[this.state].includes(state))
      throw new InternalError(`a worker cannot become ${state} while ${this.state}`)
    this.state = state
    this.#changed(state, detail)
  }
}
