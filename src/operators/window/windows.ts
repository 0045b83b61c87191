/** Windows as configuration: which stretches of event time an element belongs to. */
import { GraphError } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'

/** A stretch of event time, half-open: `start` ≤ time < `end`, epoch milliseconds. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A result of a window: who, when, what. */
export interface WindowResult<K, V> {
  readonly key: K
  readonly window: Window
  readonly value: V
}

/** Windows of a fixed size, one beginning each `slideMs`, aligned to the epoch plus `offsetMs`. */
export interface Windows {
  readonly kind: 'tumbling'
  readonly sizeMs: number
  readonly slideMs: number
  readonly offsetMs: number
}

/** Options of `tumbling`. */
export interface TumblingOptions {
  /** Moves all windows, for days that begin at another hour; less than the size. */
  readonly offset?: Duration
}

/**
 * Windows that follow one another without gap or overlap: each element is in exactly one.
 *
 * ```ts run
 * import { tumbling } from 'sluice'
 *
 * console.log(tumbling('5s').sizeMs)
 * ```
 *
 * ```text output
 * 5000
 * ```
 */
export function tumbling(size: Duration, options: TumblingOptions = {}): Windows {
  const sizeMs = positiveDurationMs(size, 'the size of tumbling windows')
  const offsetMs = durationMs(options.offset ?? 0, 'the offset of tumbling windows')
  if (offsetMs < sizeMs) return { kind: 'tumbling', sizeMs, slideMs: sizeMs, offsetMs }
  throw new GraphError(
    'OPTION_INVALID',
    `the offset of tumbling windows is ${offsetMs} ms; it must be less than their size, ${sizeMs} ms`,
  )
}

/**
 * The start of the last window that an element of this time belongs to. Exact for all times that an
 * element may have (up to 2^51): then the quotient of a time just below a border is more than half a
 * unit of its last place below the whole number. Dividing is several times faster than `%`, which V8
 * leaves to a function for numbers beyond 2^31.
 */
export function lastWindowStart(windows: Windows, time: number): number {
  const { offsetMs, slideMs } = windows
  return Math.floor((time - offsetMs) / slideMs) * slideMs + offsetMs
}

/** Changes whenever windows of earlier state would mean something else. */
export function windowsFingerprint(windows: Windows): string {
  return `${windows.kind}(${windows.sizeMs}${windows.offsetMs === 0 ? '' : `+${windows.offsetMs}`})`
}
