/**
 * Fewer changes: those of a key that come within an interval are made one. Source: Kafka Streams' `suppress`
 * until a time limit, with intervals that begin at multiples of their length.
 *
 * Invariant: what was given out and what is held, one after the other, is what came.
 */

import type { Key } from '../../codec/index.ts'
import { describeValue, GraphError } from '../../errors.ts'
import {
  type Context,
  type Kernel,
  type KernelFactory,
  type KernelHost,
  keepContext,
  resumeContext,
} from '../../graph/index.ts'
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

/** What waits: the row before its first change, the row after its last, the time of that, and when it is given. */
type Held = readonly [before: unknown, after: unknown, time: number, at: number]

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
  /** When the first of what is held is given; +∞: nothing is. */
  #at = Number.POSITIVE_INFINITY

  constructor(rules: SuppressRules, host: KernelHost<Change<unknown>>) {
    this.#rules = rules
    this.#host = host
    this.#held = host.state.keyed('held', plainWire())
    this.#made = new MadeHere(host)
    for (const { value } of this.#held.entries(0)) this.#wake(value[3])
  }

  push({ before, after }: Change<unknown>, context: Context): void {
    const key = keyOf(context)
    const entry = this.#held.get(0, key)
    const moment = this.#rules.time === 'event' ? context.time : this.#host.now()
    if (entry === undefined) {
      this.#host.checkKey(context)
      const at = this.#endOf(moment)
      this.#held.create(0, key, [before, after, context.time, at])
      this.#wake(at)
    } else if (moment > entry.value[3]) {
      // It belongs to a later interval: the one before is given first.
      const held = entry.value
      const at = this.#endOf(moment)
      entry.value = [before, after, context.time, at]
      this.#held.touch(entry)
      this.#giveWithin(key, held, context)
      this.#wake(at)
    } else {
      const [first, , time, at] = entry.value
      entry.value = [first, after, Math.max(time, context.time), at]
      this.#held.touch(entry)
    }
  }

  due(): number {
    return this.#rules.time === 'event' ? this.#at : Number.POSITIVE_INFINITY
  }

  advance(watermark: number, context: Context): void {
    const isEnd = watermark === Number.POSITIVE_INFINITY
    if (isEnd || this.#rules.time === 'event') this.#giveUntil(watermark, context)
  }

  alarm(now: number, context: Context): void {
    this.#giveUntil(now, context)
  }

  /** When the interval is over that holds a moment: the last moment of it. */
  #endOf(moment: number): number {
    const { everyMs } = this.#rules
    return (Math.floor(moment / everyMs) + 1) * everyMs - 1
  }

  #wake(at: number): void {
    if (at >= this.#at) return
    this.#at = at
    if (this.#rules.time === 'event') this.#host.wakeAt(at)
    else this.#host.alarmAt(at)
  }

  #giveUntil(moment: number, context: Context): void {
    if (moment < this.#at) return
    this.#at = Number.POSITIVE_INFINITY
    for (const entry of this.#held.entries(0)) {
      const at = entry.value[3]
      if (at > moment) {
        this.#wake(at)
        continue
      }
      this.#held.delete(entry)
      this.#give(entry.key, entry.value, context)
    }
  }

  /** Gives a change while another is pushed, whose context is left as it was. */
  #giveWithin(key: Key, held: Held, context: Context): void {
    const kept = keepContext(context)
    this.#give(key, held, context)
    const { sourceValue, record } = context
    resumeContext(context, kept)
    context.sourceValue = sourceValue
    context.record = record
  }

  #give(key: Key, [before, after, time]: Held, context: Context): void {
    if (isTouch({ before, after })) return
    this.#made.enter(key, time, context)
    context.entryWatermark = time - 1
    this.#host.emit({ before, after }, context)
  }
}
