/** Windows as configuration: which stretches of event time an element belongs to. */
import type { KernelFactory } from '../../graph/index.ts'
import type { Fold } from '../fold.ts'

/** The side output for late elements. */
export const LATE = 'late'

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
export interface WindowSpans {
  readonly kind: 'tumbling'
  readonly sizeMs: number
  readonly slideMs: number
  readonly offsetMs: number
}

/** Windows, as `window` takes them. */
export interface Windows extends WindowSpans {
  /** How elements are aggregated in them. */
  readonly kernel: <In, Acc, Out>(fold: Fold<In, Acc, Out>) => KernelFactory
}

/**
 * The start of the last window that an element of this time belongs to. Exact for all times that an
 * element may have (up to 2^51): then the quotient of a time just below a border is more than half a
 * unit of its last place below the whole number. Dividing is several times faster than `%`, which V8
 * leaves to a function for numbers beyond 2^31.
 */
export function lastWindowStart(windows: WindowSpans, time: number): number {
  const { offsetMs, slideMs } = windows
  return Math.floor((time - offsetMs) / slideMs) * slideMs + offsetMs
}

/** Changes whenever windows of earlier state would mean something else. */
export function windowsFingerprint(windows: WindowSpans): string {
  return `${windows.kind}(${windows.sizeMs}${windows.offsetMs === 0 ? '' : `+${windows.offsetMs}`})`
}
