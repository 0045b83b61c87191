/**
 * Aligned windows as arithmetic: which windows a time lies in, whatever the key.
 *
 * Time is cut into slices at every border of a window, so all elements of a slice are in the same
 * windows. Those are numbered by their ends, which are all different.
 */

/** A stretch of time that no window's border divides, half-open. */
export interface Slice {
  readonly start: number
  readonly end: number
}

/** Windows whose borders do not depend on elements. All times are epoch milliseconds. */
export interface Spans {
  /** What pictures call them. */
  readonly kind: string
  /** Changes whenever windows of earlier state would mean something else. */
  readonly fingerprint: string
  /** Whether a time may be in several windows. */
  readonly overlaps: boolean
  /** Whether a time may be in no window. */
  readonly hasGaps?: boolean
  /** The slice that a time lies in. */
  sliceAt(time: number): Slice
  /** The first end of a window that a slice, by its start, lies in; beyond `lastEnd` where it lies in none. */
  firstEnd(sliceStart: number): number
  /** The last end of a window that a slice lies in. */
  lastEnd(sliceStart: number): number
  /** The end of a window that follows another. */
  nextEnd(end: number): number
  /** Where the window with this end begins. */
  startOf(end: number): number
}

/**
 * The last border at or before a time, of borders each `stepMs` from `offsetMs`. Exact for all times that
 * an element may have (up to 2^51): then the quotient of a time just below a border is more than half a
 * unit of its last place below the whole number. Dividing is several times faster than `%`, which V8
 * leaves to a function for numbers beyond 2^31.
 */
export function borderBefore(time: number, stepMs: number, offsetMs: number): number {
  return Math.floor((time - offsetMs) / stepMs) * stepMs + offsetMs
}
