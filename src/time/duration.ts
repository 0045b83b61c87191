/** Durations as people write them: milliseconds, or a number with a unit. */
import { describeValue, GraphError } from '../errors.ts'

/** Milliseconds, or text such as `'500ms'`, `'5s'`, `'1.5m'`, `'2h'`, `'1d'`. */
export type Duration = number | string

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/

/**
 * A duration in whole milliseconds.
 *
 * Throws `OPTION_INVALID` that names `what` for anything that is not a whole, finite, non-negative
 * number of milliseconds.
 */
export function durationMs(duration: Duration, what: string): number {
  const ms =
    typeof duration === 'number' ? duration : typeof duration === 'string' ? parse(duration) : Number.NaN
  if (Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new GraphError(
    'OPTION_INVALID',
    `${what} is ${describeValue(duration)}; expected whole milliseconds as a number, or text such as "500ms", "5s", "10m", "1h", "1d"`,
  )
}

/** As `durationMs`, and more than nothing. */
export function positiveDurationMs(duration: Duration, what: string): number {
  const ms = durationMs(duration, what)
  if (ms > 0) return ms
  throw new GraphError('OPTION_INVALID', `${what} is ${JSON.stringify(duration)}; it must be longer than 0`)
}

/** A duration as people read it: `850ms`, `12s`, `3m 20s`, `2h 5m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return joined(Math.floor(seconds / 60), 'm', seconds % 60, 's')
  if (seconds < 86_400) return joined(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'm')
  return joined(Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h')
}

function parse(text: string): number {
  const match = PATTERN.exec(text.trim())
  if (match === null) return Number.NaN
  return Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN)
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`
}
