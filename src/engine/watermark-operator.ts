/**
 * Where event time begins: gives each element its time and its entry watermark, and makes the
 * watermark of the source partitions above.
 *
 * A lane is one source partition at one time step. An element is judged by the watermark before it,
 * then moves it: largest event time − bound − 1, exactly as Flink counts.
 */
import { describeValue, StepError } from '../errors.ts'
import type { Context, TimeSpec } from '../graph/index.ts'
import { Due } from './due.ts'
import { StatusMerge } from './status-merge.ts'
import { StepOperator, type StepParts } from './step-operator.ts'

/** The watermark of one source partition at one time step. */
export interface Lane {
  readonly operator: WatermarkOperator
  /** Which of the task's inputs it belongs to. */
  readonly input: number
  readonly number: number
  maxTime: number
  watermark: number
  idle: boolean
  /** By how much it has gone on with the clock since its last record, milliseconds. */
  advancedMs: number
  /** The input was drained: nothing comes any more in this run. */
  ended: boolean
}

/** Where an element's time comes from. */
export type TimeSource = 'record' | 'clock' | ((value: unknown) => unknown)

/** Times beyond this are no dates. */
const MAX_TIME = 2 ** 51
/** Processing time is told at least so often. */
const CLOCK_TELL_MS = 100
const YEAR_MS = 365 * 86_400_000

/** A time step. */
export class WatermarkOperator extends StepOperator {
  readonly id: string
  /** One for each of the task's inputs above this step. */
  readonly lanes: readonly Lane[]
  readonly due: Due = new Due()
  readonly idleAfterMs: number
  /** Whether event time goes on with the clock while a partition is idle. */
  readonly advancesWhenIdle: boolean
  /** The user's function, where time comes from one. */
  readonly #timeOf: ((value: unknown) => unknown) | undefined
  readonly #isClock: boolean
  readonly #outOfOrderMs: number
  readonly #maxAheadMs: number
  readonly #status: StatusMerge
  #toldAt: number = Number.NEGATIVE_INFINITY
  readonly #byInput: readonly (Lane | undefined)[]

  constructor(id: string, source: TimeSource, spec: TimeSpec, inputs: readonly number[], parts: StepParts) {
    super(parts)
    this.id = id
    this.idleAfterMs = spec.idleAfterMs
    this.advancesWhenIdle = spec.advancesWhenIdle === true
    this.#timeOf = typeof source === 'function' ? source : undefined
    this.#isClock = source === 'clock'
    this.#outOfOrderMs = spec.outOfOrderMs
    this.#maxAheadMs = spec.maxAheadMs
    this.#status = new StatusMerge(inputs.length)
    this.lanes = inputs.map((input, number) => ({
      operator: this,
      input,
      number,
      maxTime: Number.NEGATIVE_INFINITY,
      watermark: Number.NEGATIVE_INFINITY,
      idle: false,
      advancedMs: 0,
      ended: false,
    }))
    const byInput: (Lane | undefined)[] = []
    for (const lane of this.lanes) byInput[lane.input] = lane
    this.#byInput = Array.from(byInput)
  }

  override push(value: unknown, context: Context): void {
    if (this.isBusy && this.queued(value, context)) return
    let result: number
    try {
      result = this.call(value, context)
    } catch (thrown) {
      return this.failedNow(thrown, value, context)
    }
    this.deliver(result, value, context)
  }

  override call(value: unknown, context: Context): number {
    const timeOf = this.#timeOf
    if (timeOf !== undefined) return this.#check(timeOf(value), context)
    return this.#isClock ? this.scope.processingTime.now() : this.#recordTime(context)
  }

  override deliver(result: unknown, value: unknown, context: Context): void {
    const lane = this.#byInput[context.input]
    const time = result as number
    if (lane === undefined) return this.#deliverBeside(time, value, context)
    const { time: timeAbove, entryWatermark: entryAbove } = context
    context.time = time
    context.entryWatermark = lane.watermark
    this.next.push(value, context)
    context.time = timeAbove
    context.entryWatermark = entryAbove
    if (time > lane.maxTime) {
      lane.maxTime = time
      lane.watermark = time - this.#outOfOrderMs - 1
    } else if (this.due.at === Number.NEGATIVE_INFINITY) return
    // An element that moves no watermark may have set a timer that is due already.
    if (lane.watermark >= this.due.at) this.#tellDue(lane)
  }

  /** What comes by no lane, as from the dead letters, keeps its entry watermark and moves none. */
  #deliverBeside(time: number, value: unknown, context: Context): void {
    const above = context.time
    context.time = time
    this.next.push(value, context)
    context.time = above
  }

  /** Watermarks from above mean nothing here: they are made here. */
  override advance(): void {}

  /** Time has passed; for processing time. */
  tick(): void {
    if (!this.#isClock) return
    const now = this.scope.processingTime.now()
    for (const lane of this.lanes) {
      lane.maxTime = Math.max(lane.maxTime, now)
      lane.watermark = lane.maxTime - 1
      if (lane.watermark >= this.due.at) this.#tellDue(lane)
    }
    // Behind a repartition topic nobody can say when a timer is due, so time is told now and then.
    if (now - this.#toldAt < CLOCK_TELL_MS) return
    this.#toldAt = now
    this.tell()
  }

  /** How long until `tick` should be called again, milliseconds; +∞ for event time. */
  tickIn(): number {
    if (!this.#isClock || this.lanes.length === 0) return Number.POSITIVE_INFINITY
    return Math.max(0, Math.min(CLOCK_TELL_MS, this.due.at + 1 - this.scope.processingTime.now()))
  }

  /** Makes a lane what it was at the last commit. */
  restore(lane: Lane, maxTime: number): void {
    if (this.#isClock) this.scope.processingTime.atLeast(maxTime)
    lane.maxTime = maxTime
    lane.watermark = maxTime - this.#outOfOrderMs - 1
  }

  /** Lets an idle lane go on with the clock, as if something had come that happened so much later. */
  goOn(lane: Lane, quietMs: number): void {
    const ms = quietMs - lane.advancedMs
    if (ms <= 0 || lane.maxTime === Number.NEGATIVE_INFINITY) return
    lane.advancedMs = quietMs
    this.restore(lane, lane.maxTime + ms)
    this.laneChanged(lane)
  }

  /** Says that the lane has become idle, is idle no more, or has ended. */
  laneChanged(lane: Lane): void {
    this.#set(lane)
    this.tell()
  }

  /** Ends event time below where no source partition leads here. */
  endIfEmpty(): void {
    if (this.lanes.length === 0) super.advance(Number.POSITIVE_INFINITY, false)
  }

  /** Tells the watermark below, whether or not a timer waits for it. */
  tell(): void {
    for (const lane of this.lanes) this.#set(lane)
    super.advance(this.#status.watermark, this.#status.idle)
  }

  #tellDue(lane: Lane): void {
    this.#set(lane)
    if (this.#status.watermark < this.due.at) return
    // Timers below set it again; until then nobody waits.
    this.due.at = Number.POSITIVE_INFINITY
    super.advance(this.#status.watermark, this.#status.idle)
  }

  #set(lane: Lane): void {
    this.#status.set(lane.number, lane.ended ? Number.POSITIVE_INFINITY : lane.watermark, lane.idle)
  }

  /** Where no step below looks at time, an odd timestamp is nobody's error. */
  #recordTime(context: Context): number {
    const { timestamp } = context
    return this.#maxAheadMs === Number.POSITIVE_INFINITY ? timestamp : this.#check(timestamp, context)
  }

  #check(given: unknown, context: Context): number {
    const time = Math.floor(
      typeof given === 'number' ? given : given instanceof Date ? given.getTime() : Number.NaN,
    )
    if (!(Math.abs(time) <= MAX_TIME)) {
      throw new StepError(
        'TIME_INVALID',
        `the event time is ${describeValue(given)}; expected epoch milliseconds`,
      )
    }
    const { appendTime } = context
    if (appendTime === undefined || time <= appendTime + this.#maxAheadMs) {
      if (appendTime !== undefined && Math.abs(time * 1000 - appendTime) < YEAR_MS)
        throw looksLikeSeconds(time)
      return time
    }
    throw new StepError(
      'TIME_INVALID',
      `the event time is ${dateText(time)}, more than maxAhead (${this.#maxAheadMs} ms) after the record was appended at ${dateText(appendTime)}; correct the record, or raise maxAhead`,
    )
  }
}

function looksLikeSeconds(time: number): StepError {
  return new StepError(
    'TIME_INVALID',
    `the event time is ${time}, which looks like seconds; expected epoch milliseconds: multiply by 1000`,
  )
}

function dateText(time: number): string {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString()
}
