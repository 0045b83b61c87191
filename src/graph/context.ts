/**
 * What travels with an element: one object per task, reused for every element.
 *
 * Invariant: whoever changes a field restores it before returning, so that the steps beside and
 * above see what they set. Whoever keeps an element past the call copies what it needs.
 */
import type { BatchCursor } from '../broker/index.ts'
import type { Key } from '../codec/index.ts'
import type { Refs } from './ref-counter.ts'

/** The topic partition that an element came from. */
export interface Origin {
  readonly topic: string
  readonly partition: number
}

/** The facts about the element that is being processed. */
export interface Context {
  /** Event time, integer epoch milliseconds. */
  time: number
  /** The timestamp for records written from this element: its source record's, or t for what a timer at t made. */
  timestamp: number
  /**
   * The watermark of the element's (event-time step, source partition) just before it; −∞ before
   * the first. Lateness is judged by this alone.
   */
  entryWatermark: number
  /** The current key behind a keyBy, else undefined. */
  key: Key | undefined
  /** Where the element came from. */
  origin: Origin
  /** The offset of its source record. */
  offset: number
  /** Its number among the elements that one source record became. */
  index: number
  /** Which of the task's inputs it entered by. */
  input: number
  /** Which of a step's own inputs it comes by, where a step has several: set by the entrance. */
  side: number
  /** Facts beside the value, of a live stream. */
  headers: Readonly<Record<string, string>> | undefined
  /** What counts how often this element is held, of a live stream. */
  refs: Refs | undefined
  /** When its source record was appended to the log, where the log says. */
  appendTime: number | undefined
  /** The source record's key as text, where a `keyBy()` below asks for it. */
  recordKey: string | undefined
  /** The value as decoded from the source record; a step that sees the same value has it unchanged. */
  sourceValue: unknown
  /** The source record's bytes, valid while `sourceValue` is. */
  record: BatchCursor | undefined
}

/** The part of a context that outlives the call. */
export type KeptContext = Omit<Context, 'sourceValue' | 'record'>

/** The `input` of an element that comes back from the dead letters: by none of its task's inputs. */
export const RETURNING_INPUT = -1

const NO_ORIGIN: Origin = { topic: '', partition: 0 }

/** A context that describes nothing yet. */
export function newContext(): Context {
  return {
    time: 0,
    timestamp: 0,
    entryWatermark: Number.NEGATIVE_INFINITY,
    key: undefined,
    origin: NO_ORIGIN,
    offset: -1,
    index: 0,
    input: 0,
    side: 0,
    headers: undefined,
    refs: undefined,
    appendTime: undefined,
    recordKey: undefined,
    sourceValue: undefined,
    record: undefined,
  }
}

/** Copies what outlives the call. */
export function keepContext(context: KeptContext): KeptContext {
  return {
    time: context.time,
    timestamp: context.timestamp,
    entryWatermark: context.entryWatermark,
    key: context.key,
    origin: context.origin,
    offset: context.offset,
    index: context.index,
    input: context.input,
    side: context.side,
    headers: context.headers,
    refs: context.refs,
    appendTime: context.appendTime,
    recordKey: context.recordKey,
  }
}

/** Makes `context` describe a kept element again; there is no source record to look at any more. */
export function resumeContext(context: Context, kept: KeptContext): void {
  context.time = kept.time
  context.timestamp = kept.timestamp
  context.entryWatermark = kept.entryWatermark
  context.key = kept.key
  context.origin = kept.origin
  context.offset = kept.offset
  context.index = kept.index
  context.input = kept.input
  context.side = kept.side
  context.headers = kept.headers
  context.refs = kept.refs
  context.appendTime = kept.appendTime
  context.recordKey = kept.recordKey
  context.sourceValue = undefined
  context.record = undefined
}
