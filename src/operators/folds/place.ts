/** Where elements stand in the order of event time, whatever the interleaving of partitions. */
import type { Context } from '../../graph/index.ts'

/** When an element happened, and where it came from: the order of elements, whatever their interleaving. */
export interface Place extends Pick<Context, 'time' | 'origin' | 'offset' | 'index'> {
  /** By which input it came, where a step has several; not part of the order. */
  readonly side?: number
}

/** A place as state has it. */
export type PlaceState = readonly [
  time: number,
  topic: string,
  partition: number,
  offset: number,
  index: number,
]

/** The place in a context, which is used again for the next element. */
export function placeOf({ time, origin, offset, index }: Place): Place {
  return { time, origin, offset, index }
}

/** A place as msgpack can carry it. */
export function placeToState({ time, origin, offset, index }: Place): PlaceState {
  return [time, origin.topic, origin.partition, offset, index]
}

/** What `placeToState` gave. */
export function placeFromState([time, topic, partition, offset, index]: PlaceState): Place {
  return { time, origin: { topic, partition }, offset, index }
}

/** Compares elements by time, then by topic, partition, offset and index. */
export function comparePlaces(left: Place, right: Place): number {
  if (left.time !== right.time) return left.time - right.time
  if (left.origin !== right.origin) {
    const { topic, partition } = left.origin
    if (topic !== right.origin.topic) return topic < right.origin.topic ? -1 : 1
    if (partition !== right.origin.partition) return partition - right.origin.partition
  }
  return left.offset - right.offset || left.index - right.index
}
