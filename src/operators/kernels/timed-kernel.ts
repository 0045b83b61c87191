/**
 * What came within each interval of processing time, as one array. Source: streamz's `timed_window`
 * and `timed_window_unique`. While what was given out last is not done with, nothing further is given
 * out and producers wait.
 */
import type { Context, HeldBack, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { identityOf } from '../identity.ts'
import { KeptMap, keptMapWire } from './kept-map.ts'
import { SlotKernel } from './slot-kernel.ts'
import type { UniqueRules } from './unique-chunk-kernel.ts'

/** How time is cut. */
export interface TimedRules {
  readonly intervalMs: number
  /** Whether intervals in which nothing came give an empty array. */
  readonly empty: boolean
  /** Which elements are the same; undefined: none. */
  readonly unique: UniqueRules | undefined
}

/** The kernel factory of windows of processing time. */
export function timedKernel(rules: TimedRules, keyed: boolean): KernelFactory {
  const what = rules.unique === undefined ? 'timedWindow' : `timedWindowUnique ${rules.unique.keep}`
  return { fingerprint: what, open: host => new TimedKernel(rules, host, keyed) }
}

class TimedKernel extends SlotKernel<KeptMap> {
  readonly #rules: TimedRules
  readonly #keyed: boolean
  #nextAt: number
  /** How many arrays that were given out are not done with. */
  #underWay = 0
  #isLate = false
  #waiting: HeldBack[] = []
  /** Makes elements different where all are. */
  #number = 0

  constructor(rules: TimedRules, host: KernelHost, keyed: boolean) {
    super(host, { name: 'interval', keyed, wire: wireOf(rules), create: () => new KeptMap() })
    this.#rules = rules
    this.#keyed = keyed
    this.#nextAt = host.now() + rules.intervalMs
    host.alarmAt(this.#nextAt)
  }

  push(value: unknown, context: Context): void {
    const { unique } = this.#rules
    const key = unique === undefined ? this.#number++ : identityOf(unique.keyOf(value))
    const entry = this.slots.of(context)
    const replaced = entry.value.put(key, value, { context, keep: unique?.keep ?? 'last' })
    this.slots.cell.touch(entry)
    this.host.release(replaced)
    if (this.#underWay > 0) this.#waiting.push(this.host.holdBack())
  }

  alarm(now: number, context: Context): void {
    if (this.#underWay > 0) {
      this.#isLate = true
      return
    }
    this.#give(context, this.#rules.empty)
    const { intervalMs } = this.#rules
    const missed = Math.floor(Math.max(0, now - this.#nextAt) / intervalMs)
    this.#nextAt += (missed + 1) * intervalMs
    this.host.alarmAt(this.#nextAt)
  }

  protected override end(context: Context): void {
    this.host.alarmAt(Number.POSITIVE_INFINITY)
    this.#give(context, false)
  }

  #give(context: Context, empty: boolean): void {
    if (empty && !this.#keyed) this.slots.of(context)
    for (const entry of this.slots.all()) {
      if (entry.value.size === 0 && !empty) continue
      entry.value.enter(context)
      this.slots.enter(entry, context)
      this.slots.cell.touch(entry)
      this.slots.drop(entry)
      this.#underWay++
      if (entry.value.give(this.host, context, () => this.#done())) this.#underWay--
    }
  }

  #done(): void {
    this.#underWay--
    if (this.#underWay > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const held of waiting) held.release()
    if (!this.#isLate) return
    this.#isLate = false
    this.host.alarmAt(this.host.now())
  }
}

/** Elements from state get numbers that those which come never have. */
function wireOf({ unique }: TimedRules): Wire<KeptMap> {
  let number = 0
  return keptMapWire(unique?.keyOf ?? (() => --number))
}
