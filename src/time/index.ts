/** Time: the only room that reads a clock. */
export { type Clock, ManualClock, timerClock } from './clock.ts'
export { DueHeap, type DueNode } from './due-heap.ts'
export { type Duration, durationMs, formatDuration, positiveDurationMs } from './duration.ts'
export { ProcessingTime } from './processing-time.ts'
export { systemClock } from './system-clock.ts'
export { TimeHeap } from './time-heap.ts'
export { TimeZone } from './time-zone.ts'
