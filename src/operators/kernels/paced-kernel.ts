/**
 * Elements that wait for their time: `delay`, `pace` and `rateLimit`. Each key has a queue of its own;
 * within it order is kept. What waits, and what was spent, is state.
 */
import { describeValue, StepError } from '../../errors.ts'
import {
  type Context,
  type HeldBack,
  type KernelFactory,
  type KernelHost,
  type Refs,
  retainRefs,
} from '../../graph/index.ts'
import type { Entry, Wire } from '../../state/index.ts'
import { plainWire } from '../../state/index.ts'
import { type Budget, mayPassAt, type Spent, spend } from './budget.ts'
import { SlotKernel } from './slot-kernel.ts'
import { applyStamp, newStamp, type Stamp, stamp, stampFromState, stampToState } from './stamp.ts'

/** When elements may go on. */
export interface PaceRules {
  readonly name: string
  /** How long each waits at least. */
  readonly delayMs: number
  /** How much may pass; none: as much as there is. */
  readonly budgets: readonly Budget[]
  /** How much an element counts. */
  readonly sizeOf: (value: unknown) => number
  /** Whether producers wait for elements that wait. */
  readonly holdsBack: boolean
}

interface Waiting {
  readonly value: unknown
  readonly size: number
  readonly stamp: Stamp
  /** Not before this, in processing time. */
  readonly notBefore: number
  readonly refs: Refs | undefined
  readonly headers: Context['headers']
  readonly heldBack: HeldBack | undefined
}

interface PaceSlot extends Spent {
  queue: Waiting[]
}

/** The kernel factory of what waits for its time. */
export function pacedKernel(rules: PaceRules, keyed: boolean): KernelFactory {
  return { fingerprint: rules.name, open: host => new PacedKernel(rules, host, keyed) }
}

class PacedKernel extends SlotKernel<PaceSlot> {
  readonly #rules: PaceRules
  readonly #keyed: boolean
  /** Slots in which elements wait. */
  readonly #waiting = new Set<Entry<PaceSlot>>()
  #alarmAt = Number.POSITIVE_INFINITY
  /** How long what was spent counts. */
  readonly #longestMs: number
  /** Slots of keys, with the time from which on they are not needed unless something more has come. */
  readonly #fading: { readonly entry: Entry<PaceSlot>; readonly at: number }[] = []

  constructor(rules: PaceRules, host: KernelHost, keyed: boolean) {
    super(host, { name: 'paced', keyed, wire: PACE_WIRE, create: () => ({ queue: [], log: [] }) })
    this.#rules = rules
    this.#keyed = keyed
    this.#longestMs = rules.budgets.reduce((most, { perMs }) => Math.max(most, perMs), 0)
    const now = host.now()
    for (const entry of this.slots.all()) {
      if (entry.value.queue.length > 0) this.#waiting.add(entry)
      else this.#forgetLater(entry, now)
    }
    if (this.#waiting.size > 0) this.#setAlarm(host.now())
  }

  push(value: unknown, context: Context): void {
    const now = this.host.now()
    const size = this.#sizeOf(value)
    this.#forgetFaded(now)
    const entry = this.slots.of(context)
    const slot = entry.value
    const notBefore = now + this.#rules.delayMs
    this.slots.cell.touch(entry)
    if (slot.queue.length === 0 && notBefore <= now && this.#maySpend(slot, now, size)) {
      this.#forgetLater(entry, now)
      return this.host.emit(value, context)
    }
    const times = newStamp()
    stamp(times, context)
    retainRefs(context.refs)
    slot.queue.push({
      value,
      size,
      stamp: times,
      notBefore,
      refs: context.refs,
      headers: context.headers,
      heldBack: this.#rules.holdsBack ? this.host.holdBack() : undefined,
    })
    this.#waiting.add(entry)
    if (slot.queue.length === 1) this.#setAlarm(Math.max(notBefore, this.#goesAt(slot)))
  }

  alarm(now: number, context: Context): void {
    this.#alarmAt = Number.POSITIVE_INFINITY
    for (const entry of this.#waiting) {
      this.#giveDue(entry, now, context)
      const { queue } = entry.value
      if (queue.length === 0) {
        this.#waiting.delete(entry)
        this.#forgetLater(entry, now)
      } else this.#setAlarm(Math.max(queue[0]?.notBefore ?? 0, this.#goesAt(entry.value)))
    }
  }

  waits(): boolean {
    return this.#waiting.size > 0
  }

  #giveDue(entry: Entry<PaceSlot>, now: number, context: Context): void {
    const slot = entry.value
    for (;;) {
      const first = slot.queue[0]
      if (first === undefined || first.notBefore > now || !this.#maySpend(slot, now, first.size)) return
      slot.queue.shift()
      this.slots.cell.touch(entry)
      applyStamp(first.stamp, context)
      this.slots.enter(entry, context)
      const give = (): void => this.#give(first, context)
      // Whoever waits for the element waits for what follows from it, too.
      if (first.heldBack === undefined) give()
      else first.heldBack.resume(give)
    }
  }

  #give({ value, refs, headers }: Waiting, context: Context): void {
    context.refs = refs
    context.headers = headers
    this.host.emit(value, context)
    context.refs = undefined
    context.headers = undefined
    this.host.release(refs)
  }

  #maySpend(slot: PaceSlot, now: number, size: number): boolean {
    const { budgets } = this.#rules
    if (budgets.length === 0) return true
    if (mayPassAt(budgets, slot, size) > now) return false
    spend(budgets, slot, { now, size })
    return true
  }

  #goesAt(slot: PaceSlot): number {
    return mayPassAt(this.#rules.budgets, slot, slot.queue[0]?.size ?? 0)
  }

  #setAlarm(at: number): void {
    if (at >= this.#alarmAt) return
    this.#alarmAt = at
    this.host.alarmAt(at)
  }

  /** The slot of a key is kept for as long as what it spent counts; without budgets that is not at all. */
  #forgetLater(entry: Entry<PaceSlot>, now: number): void {
    if (!this.#keyed) return
    if (this.#longestMs === 0) this.slots.drop(entry)
    else this.#fading.push({ entry, at: now + this.#longestMs })
  }

  #forgetFaded(now: number): void {
    for (let first = this.#fading[0]; first !== undefined && first.at <= now; first = this.#fading[0]) {
      this.#fading.shift()
      const { queue, log } = first.entry.value
      const spentAt = log.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY
      if (first.entry.live && queue.length === 0 && spentAt + this.#longestMs <= now) {
        this.slots.drop(first.entry)
      }
    }
  }

  #sizeOf(value: unknown): number {
    const { name, sizeOf, budgets } = this.#rules
    const size = sizeOf(value)
    const least = budgets.reduce((smallest, { max }) => Math.min(smallest, max), Number.POSITIVE_INFINITY)
    if (typeof size === 'number' && size >= 0 && size <= least) return size
    throw new StepError(
      'STEP_FAILED',
      size > least
        ? `${name}: an element of size ${size} is larger than the whole budget of ${least}: it could never pass; raise the budget, or split the element`
        : `${name}: size gave ${describeValue(size)}; expected a number ≥ 0`,
    )
  }
}

const PACE_WIRE: Wire<PaceSlot> = {
  encode: ({ queue, log }) => ({
    log,
    queue: queue.map(({ value, size, stamp: times, notBefore }) => [
      value,
      size,
      stampToState(times),
      notBefore,
    ]),
  }),
  decode: given => {
    const { queue, log } = stored.decode(given)
    return {
      log: log.map(([time, size]) => [time, size]),
      queue: queue.map(([value, size, times, notBefore]) => ({
        value,
        size,
        stamp: stampFromState(times),
        notBefore,
        refs: undefined,
        headers: undefined,
        heldBack: undefined,
      })),
    }
  },
}

const stored: Wire<{
  readonly log: readonly (readonly [number, number])[]
  readonly queue: readonly (readonly [unknown, number, readonly number[], number])[]
}> = plainWire()
