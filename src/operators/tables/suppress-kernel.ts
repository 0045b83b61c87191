/**
 * Fewer changes: those of a key that come within an interval are made one. Source: Kafka Streams' `suppress`
 * until a time limit, with intervals that begin at multiples of their length.
 *
 * Invariant: what was given out and what is held, one after the other, is what came.
 */
import { describeValue, GraphError } from '../../errors.ts'
import type { Context, Kernel, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type MemoryCell, plainWire } from '../../state/index.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { keyOf } from '../key-of.ts'
import { MadeHere } from '../made-here.ts'
import type { StepOptions } from '../scope.ts'
import { type Change, isTouch } from './change.ts'

/** Options of `suppress`. */
export interface SuppressOptions extends StepOptions {
  /** How long an interval is; they begin at multiples of it. */
  readonly every: Duration
  /** Whether intervals are of event time (the default) or of the clock. */
  readonly time?: 'event' | 'processing'
}

/** `SuppressOptions`, checked. */
export interface SuppressRules {
  readonly everyMs: number
  readonly time: 'event' | 'processing'
}

/** What waits: the row before its first change, the row after its last, and the time of that. */
type Held = readonly [before: unknown, after: unknown, time: number]

/** Checks options of `suppress`. Throws `OPTION_INVALID`. */
export function suppressRules({ every, time = 'event' }: SuppressOptions): SuppressRules {
  if (time === 'event' || time === 'processing') {
    return { everyMs: positiveDurationMs(every, 'suppress: every'), time }
  }
  throw new GraphError(
    'OPTION_INVALID',
    `suppress: time is ${describeValue(time)}; expected "event" or "processing"`,
  )
}

/** The kernel factory of `suppress`. */
export function suppressKernel(rules: SuppressRules): KernelFactory<Change<unknown>, Change<unknown>> {
  return {
    fingerprint: 'suppress',
    details: `each ${rules.everyMs} ms of ${rules.time} time`,
    readsTime: 'watermark',
    open: host => new SuppressKernel(rules, host),
  }
}

class SuppressKernel implements Kernel<Change<unknown>> {
  readonly #rules: SuppressRules
  readonly #host: KernelHost<Change<unknown>>
  readonly #held: MemoryCell<Held>
  readonly #made: MadeHere
  /** The moment at which everything that is held is given out; +∞: nothing is. */
  #at = Number.POSITIVE_INFINITY

  constructor(rules: SuppressRules, host: KernelHost<Change<unknown>>) {
    this.#rules = rules
    this.#host = host
    this.#held = host.state.keyed('held', plainWire())
    this.#made = new MadeHere(host)
    // What a run left behind is given out as soon as time is known.
    if (this.#held.size > 0) this.#wake(Number.NEGATIVE_INFINITY)
  }

  push({ before, after }: Change<unknown>, context: Context): void {
    const key = keyOf(context)
    const entry = this.#held.get(0, key)
    if (entry === undefined) {
      this.#host.checkKey(context)
      this.#held.create(0, key, [before, after, context.time])
    } else {
      entry.value = [entry.value[0], after, Math.max(entry.value[2], context.time)]
      this.#held.touch(entry)
    }
    if (this.#at === Number.POSITIVE_INFINITY) {
      this.#wake(this.#rules.time === 'event' ? context.entryWatermark : this.#host.now())
    }
  }

  due(): number {
    return this.#rules.time === 'event' ? this.#at : Number.POSITIVE_INFINITY
  }

  advance(watermark: number, context: Context): void {
    const isEnd = watermark === Number.POSITIVE_INFINITY
    if (isEnd || (this.#rules.time === 'event' && watermark >= this.#at)) this.#giveAll(context)
  }

  alarm(_now: number, context: Context): void {
    this.#giveAll(context)
  }

  /** Asks to be called at the end of the interval that holds a moment; at once where nothing is known of it. */
  #wake(moment: number): void {
    const { everyMs, time } = this.#rules
    const isKnown = moment > Number.NEGATIVE_INFINITY
    this.#at = isKnown ? (Math.floor(moment / everyMs) + 1) * everyMs : moment
    if (time === 'event') this.#host.wakeAt(this.#at)
    else this.#host.alarmAt(isKnown ? this.#at : this.#host.now())
  }

  #giveAll(context: Context): void {
    this.#at = Number.POSITIVE_INFINITY
    for (const entry of this.#held.entries(0)) {
      const [before, after, time] = entry.value
      this.#held.delete(entry)
      if (isTouch({ before, after })) continue
      this.#made.enter(entry.key, time, context)
      context.entryWatermark = time - 1
      this.#host.emit({ before, after }, context)
    }
  }
}
