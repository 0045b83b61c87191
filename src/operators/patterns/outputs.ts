/** The side outputs of a step with a pattern. */

/** Partial matches whose time is over. */
export const TIMED_OUT_OUTPUT = 'timedOut'
/** Events that came too late. */
export const LATE_OUTPUT = 'late'
