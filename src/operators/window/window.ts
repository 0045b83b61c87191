/** What a window is, and what comes out of one. */

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
  /** Takes back an earlier result with the same key, window and value; only where `retract` is on. */
  readonly retracts?: true
}
