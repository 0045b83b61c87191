/** What a forecast costs: it is done by workers of a pool, in a module of its own. */
import type { WindowResult } from 'sluice'

const STEPS = 200

/** Power that was used in the hour, and what the next hour should bring. */
export interface Forecast {
  readonly meter: string
  readonly start: number
  readonly used: number
  readonly next: number
}

/** One reading of a meter. */
export interface Reading {
  readonly meter: string
  readonly time: number
  readonly kilowatts: number
}

/**
 * Holt's linear trend, with the smoothing that would have foretold this hour best: all pairs of level and
 * trend smoothing are tried.
 */
export function forecast({ key, window, value: readings }: WindowResult<string, Reading[]>): Forecast {
  const values = readings.map(({ kilowatts }) => kilowatts)
  let best = { error: Number.POSITIVE_INFINITY, next: values[0] ?? 0 }
  for (let level = 1; level < STEPS; level++) {
    for (let trend = 1; trend < STEPS; trend++) {
      const tried = smooth(values, level / STEPS, trend / STEPS)
      if (tried.error < best.error) best = tried
    }
  }
  const used = values.reduce((sum, kilowatts) => sum + kilowatts, 0) / values.length
  return { meter: key, start: window.start, used: round(used), next: round(best.next) }
}

function smooth(values: readonly number[], alpha: number, beta: number): { error: number; next: number } {
  let [level = 0, slope, error] = [values[0], 0, 0]
  for (const value of values.slice(1)) {
    error += (value - level - slope) ** 2
    const before = level
    level = alpha * value + (1 - alpha) * (level + slope)
    slope = beta * (level - before) + (1 - beta) * slope
  }
  return { error, next: level + slope }
}

function round(kilowatts: number): number {
  return Math.round(kilowatts * 100) / 100
}
