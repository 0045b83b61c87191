/** Reads one partition of a topic: bytes become values here, and idleness is decided. */
import type { BatchCursor, RecordBatch } from '../broker/index.ts'
import { CodecError } from '../errors.ts'
import { type Context, newContext, type SourceStep } from '../graph/index.ts'
import { BatchInput, type InputParts } from './batch-input.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'
import type { InputProgressState } from './progress.ts'
import type { Lane } from './watermark-operator.ts'

/** The shortest step in which event time goes on without elements. */
const LEAST_STEP_MS = 100

/** What a source input is made of. */
export interface SourceParts extends InputParts {
  readonly step: SourceStep
  /** Which of its task's inputs it is. */
  readonly input: number
  /** Where this run ends; +∞ for a run without end. */
  readonly end: number
  readonly next: Operator
  readonly failures: FailureHandler
  readonly lanes: readonly Lane[]
  readonly needsRecordKey: boolean
  /** Whether it is read to its end before the others: what it brings is looked up by their elements. */
  readonly isFirst: boolean
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
export class SourceInput extends BatchInput {
  readonly kind = 'source'
  readonly step: string
  readonly topic: string
  readonly isFirst: boolean
  hasEnded = false
  /** The newest append time it has read. */
  newestAppend: number = Number.NEGATIVE_INFINITY
  readonly #parts: SourceParts
  /** The usual case: one time step reads the source. */
  readonly #onlyLane: Lane | undefined
  readonly #context: Context = newContext()
  /** When it was seen to be at its end: the app's newest append time, and the monotonic clock. */
  #endSeen: { readonly append: number; readonly at: number } | undefined

  constructor(parts: SourceParts) {
    super(parts, parts.end)
    this.#parts = parts
    this.#onlyLane = parts.lanes.length === 1 ? parts.lanes[0] : undefined
    this.step = parts.step.id
    this.topic = parts.step.topic.name
    this.isFirst = parts.isFirst
    this.#context.origin = { topic: this.topic, partition: parts.partition }
    this.#context.input = parts.input
  }

  get watermark(): number {
    let lowest = Number.POSITIVE_INFINITY
    for (const lane of this.#parts.lanes) lowest = Math.min(lowest, lane.watermark)
    return lowest
  }

  /** Ends the input for this run once its fixed end is reached; a drain also ends event time. */
  endIfReached(drain: boolean): void {
    if (this.hasEnded || !this.isAtEnd || this.position < this.end) return
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
      if (!lane.idle && quietMs >= lane.operator.idleAfterMs) {
        lane.idle = true
        lane.operator.laneChanged(lane)
      }
      if (lane.idle && lane.operator.advancesWhenIdle) {
        lane.operator.goOn(lane, Math.floor(byClock / stepOf(lane)) * stepOf(lane))
      }
    }
  }

  /** Something that it read is still under way, and may be above a time step: its quiet has not begun. */
  stayAwake(): void {
    this.#endSeen = undefined
  }

  /** When idleness should be looked at again, in milliseconds from now; +∞ when it need not. */
  idleIn(quiet: Quiet): number {
    const seen = this.#endSeen
    if (this.hasEnded || seen === undefined || quiet.allAtEndSince === undefined)
      return Number.POSITIVE_INFINITY
    const quietMs = quiet.now - Math.max(quiet.allAtEndSince, seen.at)
    let soonest = Number.POSITIVE_INFINITY
    for (const lane of this.#parts.lanes) {
      if (!lane.idle) soonest = Math.min(soonest, lane.operator.idleAfterMs - quietMs)
      else if (lane.operator.advancesWhenIdle && lane.maxTime > Number.NEGATIVE_INFINITY) {
        soonest = Math.min(soonest, lane.advancedMs + stepOf(lane) - quietMs)
      }
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

  protected get isIdle(): boolean {
    const { lanes } = this.#parts
    return lanes.length > 0 && lanes.every(lane => lane.idle)
  }

  protected process(cursor: BatchCursor): void {
    this.scope.counters.records++
    const { step, next, failures, needsRecordKey } = this.#parts
    const context = this.#context
    context.offset = cursor.offset
    context.timestamp = cursor.timestamp
    context.time = cursor.timestamp
    // Time steps set it anew; it is what a record that fails before them is judged by when it comes back.
    context.entryWatermark = this.#onlyLane === undefined ? this.#entryWatermark() : this.#onlyLane.watermark
    context.appendTime = cursor.appendTime
    context.record = cursor
    if (needsRecordKey) context.recordKey = cursor.key()?.toString()
    let value: unknown
    try {
      if (cursor.valueStart >= 0) {
        value = step.topic.codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
      } else if (step.tombstones === true) value = null
      else throw noValue()
    } catch (thrown) {
      context.sourceValue = undefined
      return failures.handle(thrown, undefined, context)
    }
    context.sourceValue = value
    next.push(value, context)
  }

  #entryWatermark(): number {
    const { lanes } = this.#parts
    return lanes.length === 0 ? Number.NEGATIVE_INFINITY : this.watermark
  }

  protected loaded(batch: RecordBatch): void {
    if (batch.appendTime !== undefined) this.newestAppend = Math.max(this.newestAppend, batch.appendTime)
    this.#endSeen = undefined
    for (const lane of this.#parts.lanes) {
      if (!lane.idle) continue
      lane.idle = false
      lane.advancedMs = 0
      lane.operator.laneChanged(lane)
    }
  }
}

/** In which steps an idle lane goes on with the clock, milliseconds: each is told to everybody below. */
function stepOf({ operator }: Lane): number {
  return Math.max(operator.idleAfterMs, LEAST_STEP_MS)
}

function noValue(): CodecError {
  return new CodecError(
    'DECODE_FAILED',
    'the record has no value (a tombstone); expected one to decode, or that the topic is read by app.table(…)',
  )
}
