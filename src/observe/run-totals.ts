/** Adds up what the workers of a run tell, restarts included, and knows how fast things go. */
import type { HeapUse, InputProgress, Progress, StepProgress } from './events.ts'
import { combineLatency, type LatencyCounts, latencyQuantile, NO_LATENCY } from './latency.ts'

/** Rates and latencies are those of the last so many milliseconds. */
export const RATE_OVER_MS = 5000

const COUNTERS = ['records', 'written', 'late', 'finallyLate', 'skipped', 'deadLetters', 'commits'] as const

/** What a run has done so far: the counters of `Progress`, over all workers. */
export type Counts = Readonly<Record<(typeof COUNTERS)[number], number>>

/** What a step did since the start, and how fast it goes now. */
export interface StepTotals extends StepProgress {
  readonly inPerSecond: number
  readonly outPerSecond: number
}

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
  /** Since when the app is paused, epoch milliseconds; null: it is not. */
  readonly pausedSince: number | null
  readonly inputs: readonly InputProgress[]
  readonly steps: readonly StepTotals[]
  /** Since the start. */
  readonly commitLatency: LatencyCounts
  /** How long commits took lately; null: there were none. */
  readonly commitP50Ms: number | null
  readonly commitP99Ms: number | null
  /** By worker. */
  readonly heaps: readonly (HeapUse & { readonly worker: number })[]
}

/** What only grows. */
interface Sums {
  readonly counts: Counts
  readonly steps: ReadonlyMap<string, StepProgress>
  readonly latency: LatencyCounts
}

/** Merges the progress of any number of workers. */
export class RunTotals {
  readonly #last = new Map<number, Progress>()
  /** What workers had counted that were then started again. */
  #before: Sums = { counts: noCounts(), steps: new Map(), latency: NO_LATENCY }
  readonly #samples: { readonly at: number; readonly sums: Sums }[]

  /** `now` is on a monotonic clock, as in `add`. */
  constructor(now: number) {
    this.#samples = [{ at: now, sums: this.#before }]
  }

  /** How many workers have told anything. */
  get workers(): number {
    return this.#last.size
  }

  add(progress: Progress, now: number): void {
    this.#last.set(progress.worker, progress)
    this.#samples.push({ at: now, sums: this.#sums() })
    while ((this.#samples[1]?.at ?? now) < now - RATE_OVER_MS) this.#samples.shift()
  }

  /** The worker counts from zero again. */
  restarted(worker: number): void {
    const last = this.#last.get(worker)
    if (last === undefined) return
    // What it counted stays; a circuit that it had open is gone with it.
    const steps = last.steps.map(({ circuit: _, ...step }) => step)
    this.#before = plus(this.#before, { ...last, steps })
    this.#last.delete(worker)
  }

  totals(): Totals {
    const all = this.#inOrder()
    const inputs = all.flatMap(progress => progress.inputs)
    const holder = lowest(all)
    const { counts, steps, latency } = this.#sums()
    const { perSecond, latelyTook } = this.#lately()
    return {
      workers: all.length,
      ...counts,
      stateEntries: all.reduce((sum, progress) => sum + progress.stateEntries, 0),
      rate: Math.round(perSecond(sums => sums.counts.records)),
      lag: inputs.reduce((sum, input) => sum + input.lag, 0),
      watermark: holder?.watermark ?? null,
      heldBy: holder?.heldBy ?? null,
      pausedSince: all.find(progress => progress.pausedSince !== undefined)?.pausedSince ?? null,
      inputs,
      steps: [...steps.values()].map(step => ({
        ...step,
        inPerSecond: Math.round(perSecond(sums => sums.steps.get(step.step)?.in ?? 0)),
        outPerSecond: Math.round(perSecond(sums => sums.steps.get(step.step)?.out ?? 0)),
      })),
      commitLatency: latency,
      commitP50Ms: latencyQuantile(latelyTook, 0.5),
      commitP99Ms: latencyQuantile(latelyTook, 0.99),
      heaps: all.map(({ worker, heap }) => ({ worker, ...heap })),
    }
  }

  #inOrder(): readonly Progress[] {
    return [...this.#last.values()].sort((a, b) => a.worker - b.worker)
  }

  #sums(): Sums {
    return this.#inOrder().reduce(plus, this.#before)
  }

  /** What happened between the oldest and the newest sample. */
  #lately(): { perSecond(of: (sums: Sums) => number): number; readonly latelyTook: LatencyCounts } {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined) return { perSecond: () => 0, latelyTook: NO_LATENCY }
    const ms = last.at - first.at
    return {
      perSecond: of => (ms <= 0 ? 0 : ((of(last.sums) - of(first.sums)) * 1000) / ms),
      latelyTook: combineLatency(last.sums.latency, first.sums.latency, -1),
    }
  }
}

function plus(sums: Sums, progress: Progress): Sums {
  const counts = noCounts()
  for (const counter of COUNTERS) counts[counter] = sums.counts[counter] + progress[counter]
  const steps = new Map(sums.steps)
  for (const { step, ...more } of progress.steps) {
    const known: Omit<StepProgress, 'step'> = steps.get(step) ?? { in: 0, out: 0, failed: 0 }
    const circuit = laterOf(known.circuit, more.circuit)
    steps.set(step, {
      ...(circuit === undefined ? {} : { circuit }),
      step,
      in: known.in + more.in,
      out: known.out + more.out,
      failed: known.failed + more.failed,
    })
  }
  return { counts, steps, latency: combineLatency(sums.latency, progress.commitLatency, 1) }
}

/** Of the circuits of two workers the one that stays open longer. */
function laterOf(one: StepProgress['circuit'], other: StepProgress['circuit']): StepProgress['circuit'] {
  return one === undefined || (other !== undefined && other.until > one.until) ? other : one
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

function noCounts(): Record<(typeof COUNTERS)[number], number> {
  return { records: 0, written: 0, late: 0, finallyLate: 0, skipped: 0, deadLetters: 0, commits: 0 }
}
