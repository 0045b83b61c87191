/**
 * How long something took, counted in a fixed number of buckets: no allocation per measurement, and
 * the counts of several workers add up.
 */

/** The upper bounds of the buckets in milliseconds, inclusive; one more bucket takes what is longer. */
export const LATENCY_BOUNDS_MS: readonly number[] = [
  0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500, 750,
  1000, 1500, 2000, 3000, 5000, 10_000, 30_000, 60_000,
]

/** What was counted: one number for each bound, and the last for what is longer. */
export interface LatencyCounts {
  readonly counts: readonly number[]
  /** The sum of all durations, milliseconds. */
  readonly sumMs: number
}

/** Nothing was counted. */
export const NO_LATENCY: LatencyCounts = { counts: LATENCY_BOUNDS_MS.map(() => 0).concat(0), sumMs: 0 }

/** Counts durations. */
export class Latency {
  readonly #counts: number[] = [...NO_LATENCY.counts]
  #sumMs = 0

  add(ms: number): void {
    let bucket = 0
    while (ms > (LATENCY_BOUNDS_MS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sumMs += ms
  }

  read(): LatencyCounts {
    return { counts: [...this.#counts], sumMs: this.#sumMs }
  }
}

/** `a` + `sign` · `b`. */
export function combineLatency(a: LatencyCounts, b: LatencyCounts, sign: 1 | -1): LatencyCounts {
  return {
    counts: a.counts.map((count, bucket) => count + sign * (b.counts[bucket] ?? 0)),
    sumMs: a.sumMs + sign * b.sumMs,
  }
}

/**
 * The upper bound of the bucket that holds the q-th part of all durations, `0 < q ≤ 1`, milliseconds:
 * less than twice too large. Null when nothing was counted; the largest bound for what is longer than all.
 */
export function latencyQuantile({ counts }: LatencyCounts, q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = Math.ceil(total * q)
  const bucket = counts.findIndex(count => {
    left -= count
    return left <= 0
  })
  return LATENCY_BOUNDS_MS[bucket] ?? LATENCY_BOUNDS_MS.at(-1) ?? null
}
