/** Reads one partition of a topic: bytes become values here, and idleness is decided. */
import { BatchCursor, type Reader } from '../broker/index.ts'
import { CodecError } from '../errors.ts'
import { type Context, newContext, type Origin, type SourceStep } from '../graph/index.ts'
import type { InputProgress } from '../observe/index.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'
import type { InputProgressState } from './progress.ts'
import type { Scope } from './scope.ts'
import type { Slice } from './slice.ts'
import type { TaskInput } from './task-input.ts'
import type { Lane } from './watermark-operator.ts'

/** What a source input is made of. */
export interface SourceParts {
  readonly step: SourceStep
  readonly partition: number
  /** Which of its task's inputs it is. */
  readonly input: number
  readonly reader: Reader
  readonly position: number
  readonly epoch: number
  /** Where this run ends; +∞ for a run without end. */
  readonly end: number
  readonly next: Operator
  readonly failures: FailureHandler
  readonly scope: Scope
  readonly lanes: readonly Lane[]
  readonly needsRecordKey: boolean
}

/** How long a partition has been quiet, on the two clocks by which idleness counts. */
export interface Quiet {
  /** The newest append time read by the app, epoch milliseconds. */
  readonly newestAppend: number
  /** Since when all inputs have been at their end, on the monotonic clock; undefined: some are behind. */
  readonly allAtEndSince: number | undefined
  /** The monotonic clock. */
  readonly now: number
}

/** One partition of a source topic. */
export class SourceInput implements TaskInput {
  readonly kind = 'source'
  readonly step: string
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  position: number
  hasEnded = false
  /** The newest append time it has read. */
  newestAppend: number = Number.NEGATIVE_INFINITY
  readonly #parts: SourceParts
  readonly #cursor = new BatchCursor()
  readonly #context: Context = newContext()
  #loaded = false
  /** When it was seen to be at its end: the app's newest append time, and the monotonic clock. */
  #endSeen: { readonly append: number; readonly at: number } | undefined

  constructor(parts: SourceParts) {
    this.#parts = parts
    this.step = parts.step.id
    this.topic = parts.step.topic.name
    this.partition = parts.partition
    this.epoch = parts.epoch
    this.position = parts.position
    const origin: Origin = { topic: parts.step.topic.name, partition: parts.partition }
    this.#context.origin = origin
    this.#context.input = parts.input
  }

  get watermark(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const lane of this.#parts.lanes) lowest = Math.min(lowest, lane.watermark)
    return lowest
  }

  get isAtEnd(): boolean {
    return !this.#loaded && this.position >= Math.min(this.#parts.reader.end(), this.#parts.end)
  }

  poll(): boolean {
    if (this.hasEnded) return false
    if (this.#loaded) return true
    const batch = this.position < this.#parts.end ? this.#parts.reader.poll() : undefined
    if (batch === undefined) return false
    this.#cursor.load(batch)
    if (batch.appendTime !== undefined) this.newestAppend = Math.max(this.newestAppend, batch.appendTime)
    this.#loaded = true
    this.#wake()
    return true
  }

  run(slice: Slice): void {
    const cursor = this.#cursor
    const { scope, end } = this.#parts
    const { counters } = scope
    while (cursor.next()) {
      if (cursor.offset < this.position) continue
      if (cursor.offset >= end) break
      this.#process(cursor)
      this.position = cursor.offset + 1
      counters.records++
      if (scope.failure !== undefined || scope.blocked > 0 || slice.isOver()) {
        if (cursor.remaining > 0) return
        break
      }
    }
    this.#loaded = false
  }

  /** Ends the input for this run once its fixed end is reached; a drain also ends event time. */
  endIfReached(drain: boolean): void {
    if (this.hasEnded || this.#loaded || this.position < this.#parts.end) return
    this.hasEnded = true
    if (!drain) return
    for (const lane of this.#parts.lanes) {
      lane.ended = true
      lane.operator.laneChanged(lane)
    }
  }

  /** Decides whether it is idle: at its end, and quiet for long enough. */
  checkIdle(quiet: Quiet): void {
    if (!this.isAtEnd || this.hasEnded) return
    this.#endSeen ??= { append: quiet.newestAppend, at: quiet.now }
    // Before the first batch of this run there is no append time to count from.
    if (this.#endSeen.append === Number.NEGATIVE_INFINITY) {
      this.#endSeen = { append: quiet.newestAppend, at: this.#endSeen.at }
    }
    const byAppend = quiet.newestAppend - this.#endSeen.append
    const since = quiet.allAtEndSince
    const byClock = since === undefined ? 0 : quiet.now - Math.max(since, this.#endSeen.at)
    const quietMs = Math.max(Number.isNaN(byAppend) ? 0 : byAppend, byClock)
    for (const lane of this.#parts.lanes) {
      if (lane.idle || quietMs < lane.operator.idleAfterMs) continue
      lane.idle = true
      lane.operator.laneChanged(lane)
    }
  }

  /** When idleness should be looked at again, in milliseconds from now; +∞ when it need not. */
  idleIn(quiet: Quiet): number {
    const seen = this.#endSeen
    if (seen === undefined || quiet.allAtEndSince === undefined) return Number.POSITIVE_INFINITY
    const quietMs = quiet.now - Math.max(quiet.allAtEndSince, seen.at)
    let soonest = Number.POSITIVE_INFINITY
    for (const lane of this.#parts.lanes) {
      if (!lane.idle) soonest = Math.min(soonest, lane.operator.idleAfterMs - quietMs)
    }
    return soonest
  }

  progress(): Pick<InputProgressState, 'lanes' | 'channels'> {
    const lanes: Record<string, number> = {}
    for (const lane of this.#parts.lanes) {
      if (lane.maxTime !== Number.NEGATIVE_INFINITY) lanes[lane.operator.id] = lane.maxTime
    }
    return { lanes, channels: [] }
  }

  restore(progress: InputProgressState): void {
    for (const lane of this.#parts.lanes) {
      const maxTime = progress.lanes[lane.operator.id]
      if (maxTime !== undefined) lane.operator.restore(lane, maxTime)
    }
  }

  describe(): InputProgress {
    const watermark = this.watermark
    return {
      step: this.step,
      partition: this.partition,
      position: this.position,
      lag: Math.max(0, this.#parts.reader.end() - this.position),
      watermark: Number.isFinite(watermark) ? watermark : null,
      idle: this.#parts.lanes.length > 0 && this.#parts.lanes.every(lane => lane.idle),
    }
  }

  close(): void {
    this.#parts.reader.close()
  }

  #process(cursor: BatchCursor): void {
    const { step, next, failures, needsRecordKey } = this.#parts
    const context = this.#context
    context.offset = cursor.offset
    context.timestamp = cursor.timestamp
    context.time = cursor.timestamp
    context.entryWatermark = Number.NEGATIVE_INFINITY
    context.appendTime = cursor.appendTime
    context.record = cursor
    if (needsRecordKey) context.recordKey = cursor.key()?.toString()
    let value: unknown
    try {
      if (cursor.valueStart < 0) throw noValue()
      value = step.topic.codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
    } catch (thrown) {
      context.sourceValue = undefined
      return failures.handle(thrown, undefined, context)
    }
    context.sourceValue = value
    next.push(value, context)
  }

  #wake(): void {
    this.#endSeen = undefined
    for (const lane of this.#parts.lanes) {
      if (!lane.idle) continue
      lane.idle = false
      lane.operator.laneChanged(lane)
    }
  }
}

function noValue(): CodecError {
  return new CodecError('DECODE_FAILED', 'the record has no value (a tombstone); expected one to decode')
}
