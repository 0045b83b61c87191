/** The times of the newest element among several that are given out together. */
import type { Context } from '../../graph/index.ts'

/** Event time, record timestamp and entry watermark of an element. */
export interface Stamp {
  time: number
  timestamp: number
  entryWatermark: number
}

/** The stamp of nothing. */
export function newStamp(): Stamp {
  return { time: 0, timestamp: 0, entryWatermark: Number.NEGATIVE_INFINITY }
}

/** Notes the times of an element. */
export function stamp(into: Stamp, context: Context): void {
  into.time = context.time
  into.timestamp = context.timestamp
  into.entryWatermark = context.entryWatermark
}

/** Gives an element the noted times. */
export function applyStamp(from: Stamp, context: Context): void {
  context.time = from.time
  context.timestamp = from.timestamp
  context.entryWatermark = from.entryWatermark
}

/** A stamp as state. */
export function stampToState({ time, timestamp, entryWatermark }: Stamp): readonly number[] {
  return [time, timestamp, entryWatermark]
}

/** A stamp from state. */
export function stampFromState(wire: readonly number[]): Stamp {
  const [time = 0, timestamp = 0, entryWatermark = Number.NEGATIVE_INFINITY] = wire
  return { time, timestamp, entryWatermark }
}
