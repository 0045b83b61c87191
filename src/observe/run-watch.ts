/** What somebody who watches a run from outside wants to know: does it live, is it ready, where is it. */
import type { SluiceEvent } from './events.ts'
import { RunTotals, type Totals } from './run-totals.ts'

/** A worker that has told nothing for so long does not live as it should. */
export const ANSWER_WITHIN_MS = 5000

/** The answer to one question. */
export interface Verdict {
  readonly ok: boolean
  /** One line for each worker that is the reason why not. */
  readonly problems: readonly string[]
}

interface WorkerView {
  state: string
  heardAt: number
  starts: number
}

/** Hears the events of one run. Times are on a monotonic clock. */
export class RunWatch {
  readonly #totals: RunTotals
  readonly #workers: readonly WorkerView[]
  #lowMemory = 0

  constructor(workers: number, now: number) {
    this.#totals = new RunTotals(now)
    this.#workers = Array.from({ length: workers }, () => ({ state: 'starting', heardAt: now, starts: 0 }))
  }

  hear(event: SluiceEvent, now: number): void {
    const worker = 'worker' in event ? this.#workers[event.worker] : undefined
    if (worker === undefined) return
    // That it died is said by its supervisor.
    if (event.type !== 'lifecycle' || event.state !== 'failed') worker.heardAt = now
    if (event.type === 'progress') this.#totals.add(event, now)
    if (event.type === 'memory') this.#lowMemory++
    if (event.type !== 'lifecycle') return
    worker.state = event.state
    if (event.state !== 'claiming') return
    worker.starts++
    this.#totals.restarted(event.worker)
  }

  /**
   * Whether every worker has answered lately. While it takes over its inputs and restores state it
   * need not: its supervisor kills one that never ends.
   */
  health(now: number): Verdict {
    return this.#judge(({ state, heardAt }) => {
      const silentMs = now - heardAt
      if (silentMs <= ANSWER_WITHIN_MS || state === 'claiming' || state === 'restoring') return undefined
      return `has not answered for ${Math.floor(silentMs / 1000)} s`
    })
  }

  /** Whether every worker has its inputs and its state, and processes. */
  readiness(): Verdict {
    return this.#judge(({ state }) => (state === 'running' ? undefined : `is ${state}`))
  }

  totals(): Totals {
    return this.#totals.totals()
  }

  /** By worker: the state of its life cycle, and how often it was started again. */
  workers(): readonly { readonly worker: number; readonly state: string; readonly restarts: number }[] {
    return this.#workers.map(({ state, starts }, worker) => ({
      worker,
      state,
      restarts: Math.max(0, starts - 1),
    }))
  }

  /** How often a worker has warned that its heap is nearly full. */
  get memoryWarnings(): number {
    return this.#lowMemory
  }

  #judge(problemOf: (worker: WorkerView) => string | undefined): Verdict {
    const problems = this.#workers.flatMap((worker, number) => {
      const problem = problemOf(worker)
      return problem === undefined ? [] : [`worker ${number} ${problem}`]
    })
    return { ok: problems.length === 0, problems }
  }
}
