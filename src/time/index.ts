/** Time: the only room that reads a clock. */
export { type Clock, ManualClock, systemClock } from './clock.ts'
export { type Duration, durationMs, formatDuration, positiveDurationMs } from './duration.ts'
export { ProcessingTime } from './processing-time.ts'
export { TimeHeap } from './time-heap.ts'
