/**
 * Budgets over time: how many elements, or how much of a size, may pass in any span of a length.
 *
 * Invariant: in no half-open span of `perMs` more than `max` passes, since every passing of the last
 * span is remembered. Source: the sliding window log of rate limiters.
 */

/** So much in any span of so long. */
export interface Budget {
  readonly max: number
  readonly perMs: number
}

/** What has passed, as far as it still counts. */
export interface Spent {
  /** When, and how much, the oldest first. */
  readonly log: [timeMs: number, size: number][]
}

/** When something of this size may pass at the earliest; `now` or earlier: at once. +∞: never. */
export function mayPassAt(budgets: readonly Budget[], { log }: Spent, size: number): number {
  let at = Number.NEGATIVE_INFINITY
  for (const { max, perMs } of budgets) {
    if (size > max) return Number.POSITIVE_INFINITY
    let sum = size
    for (let index = log.length - 1; index >= 0; index--) {
      const [time, spent] = log[index] as [number, number]
      if (time + perMs <= at) break
      sum += spent
      if (sum <= max) continue
      at = Math.max(at, time + perMs)
      break
    }
  }
  return at
}

/** Notes what passes, and forgets what counts no more. */
export function spend(
  budgets: readonly Budget[],
  { log }: Spent,
  passing: { now: number; size: number },
): void {
  log.push([passing.now, passing.size])
  const longest = budgets.reduce((most, { perMs }) => Math.max(most, perMs), 0)
  let forgotten = 0
  while ((log[forgotten]?.[0] ?? passing.now) + longest <= passing.now) forgotten++
  if (forgotten > 0) log.splice(0, forgotten)
}
