/** An element that a join keeps until it knows its partners: with its place, as state and in a context. */
import { type Context, type Origin, type Refs, retainRefs } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import type { Place } from '../folds/index.ts'

/** An element of one side. */
export interface KeptElement extends Place {
  readonly value: unknown
  readonly timestamp: number
  /** The watermark of its own partition just before it. */
  readonly entryWatermark: number
  /** Whether it has a partner already, where that matters. */
  isMatched: boolean
  /** What counts how often it is held, in a live stream. */
  readonly refs: Refs | undefined
}

/** The record's timestamp as a difference to the time, that of the entry watermark likewise, 1 for what has a partner. */
type KeptState = readonly [
  value: unknown,
  time: number,
  timestamp: number,
  entryWatermark: number,
  topic: string,
  partition: number,
  offset: number,
  index: number,
  isMatched: number,
]

/** The element that a context describes. Its counters are retained: whoever lets it go releases them. */
export function keepElement(value: unknown, context: Context, isMatched: boolean): KeptElement {
  const { time, timestamp, entryWatermark, origin, offset, index, refs } = context
  retainRefs(refs)
  return { value, time, timestamp, entryWatermark, origin, offset, index, isMatched, refs }
}

/** Makes a context that of an element which was kept; it comes as one that was just in time, or as late as it was. */
export function enterKept(kept: KeptElement, context: Context): void {
  context.time = kept.time
  context.timestamp = kept.timestamp
  context.entryWatermark = Math.max(kept.time - 1, kept.entryWatermark)
  context.origin = kept.origin
  context.offset = kept.offset
  context.index = kept.index
  context.refs = kept.refs
}

/** How elements are written. Origins, of which there are few, are shared. */
export function keptWire(): Wire<KeptElement> {
  const origins = new Map<string, Origin>()
  const originOf = (topic: string, partition: number): Origin => {
    const name = `${partition}/${topic}`
    const known = origins.get(name) ?? { topic, partition }
    origins.set(name, known)
    return known
  }
  return {
    encode: ({ value, time, timestamp, entryWatermark, origin, offset, index, isMatched }): KeptState => [
      value,
      time,
      timestamp - time,
      time - entryWatermark,
      origin.topic,
      origin.partition,
      offset,
      index,
      isMatched ? 1 : 0,
    ],
    decode: state => {
      // Only what `encode` gave is written there.
      const [value, time, later, ahead, topic, partition, offset, index, isMatched] = state as KeptState
      return {
        value,
        time,
        timestamp: time + later,
        entryWatermark: time - ahead,
        origin: originOf(topic, partition),
        offset,
        index,
        isMatched: isMatched === 1,
        refs: undefined,
      }
    },
  }
}
