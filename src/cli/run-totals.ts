/** Adds up what the workers of a run tell, restarts included, and knows how fast things go. */
import type { InputProgress, Progress } from '../observe/index.ts'

/** The rate is that of the last so many milliseconds. */
const RATE_OVER_MS = 5000

const COUNTERS = ['records', 'written', 'late', 'finallyLate', 'skipped', 'deadLetters', 'commits'] as const

/** What a run has done so far: the counters of `Progress`, over all workers. */
export type Counts = Readonly<Record<(typeof COUNTERS)[number], number>>

/** Where a run stands. */
export interface Totals extends Counts {
  readonly workers: number
  readonly stateEntries: number
  /** Records per second. */
  readonly rate: number
  /** Records in the log that are not processed yet. */
  readonly lag: number
  /** The lowest watermark, epoch milliseconds; null: none yet, or all inputs are idle. */
  readonly watermark: number | null
  /** The input that holds the watermark, as `step/partition`. */
  readonly heldBy: string | null
  readonly inputs: readonly InputProgress[]
}

/** Merges the progress of any number of workers. */
export class RunTotals {
  readonly #last = new Map<number, Progress>()
  /** What workers had counted that were then started again. */
  readonly #before: Record<(typeof COUNTERS)[number], number> = zero()
  #samples: { readonly at: number; readonly records: number }[]

  /** `now` is on a monotonic clock, as in `add`. */
  constructor(now: number) {
    this.#samples = [{ at: now, records: 0 }]
  }

  /** How many workers have told anything. */
  get workers(): number {
    return this.#last.size
  }

  add(progress: Progress, now: number): void {
    this.#last.set(progress.worker, progress)
    const records = this.#count('records')
    this.#samples.push({ at: now, records })
    while ((this.#samples[1]?.at ?? now) < now - RATE_OVER_MS) this.#samples.shift()
  }

  /** The worker counts from zero again. */
  restarted(worker: number): void {
    const last = this.#last.get(worker)
    if (last === undefined) return
    for (const counter of COUNTERS) this.#before[counter] += last[counter]
    this.#last.delete(worker)
  }

  totals(): Totals {
    const all = [...this.#last.values()].sort((a, b) => a.worker - b.worker)
    const inputs = all.flatMap(progress => progress.inputs)
    const holder = lowest(all)
    const counts = zero()
    for (const counter of COUNTERS) counts[counter] = this.#count(counter)
    return {
      workers: all.length,
      ...counts,
      stateEntries: all.reduce((sum, progress) => sum + progress.stateEntries, 0),
      rate: this.#rate(),
      lag: inputs.reduce((sum, input) => sum + input.lag, 0),
      watermark: holder?.watermark ?? null,
      heldBy: holder?.heldBy ?? null,
      inputs,
    }
  }

  #count(counter: (typeof COUNTERS)[number]): number {
    let sum = this.#before[counter]
    for (const progress of this.#last.values()) sum += progress[counter]
    return sum
  }

  #rate(): number {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return Math.round(((last.records - first.records) * 1000) / (last.at - first.at))
  }
}

/** The worker whose watermark holds back all: one without a watermark is before all others. */
function lowest(all: readonly Progress[]): Progress | undefined {
  let found: Progress | undefined
  for (const progress of all) {
    if (progress.heldBy === null) continue
    const watermark = progress.watermark ?? Number.NEGATIVE_INFINITY
    if (found === undefined || watermark < (found.watermark ?? Number.NEGATIVE_INFINITY)) found = progress
  }
  return found
}

function zero(): Record<(typeof COUNTERS)[number], number> {
  return { records: 0, written: 0, late: 0, finallyLate: 0, skipped: 0, deadLetters: 0, commits: 0 }
}
