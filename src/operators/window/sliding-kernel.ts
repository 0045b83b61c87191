/**
 * Windows around each element: one accumulator for each time at which something happened to a key, from
 * which the windows are put together in the order of time.
 *
 * An element is late as soon as its own time has been passed. So whoever comes on time is later than
 * anything that a window was put together from.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { DueHeap, type DueNode } from '../../time/index.ts'
import { type Fold, guardedAdd } from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import { Roll } from './roll.ts'
import type { Reach } from './sliding.ts'
import { giveLate } from './window.ts'
import { WindowOutput } from './window-output.ts'
import type { WindowRules } from './windows.ts'

/** What a step with sliding windows is made of. */
export interface SlidingParts<Acc> {
  readonly reach: Reach
  readonly fold: Fold<unknown, Acc, unknown>
  readonly rules: WindowRules
}

/** What there is of one key, by time. */
interface KeyTimes<Acc> extends DueNode {
  readonly key: Key
  /** In the order of time; the windows of those before `given` have given their results. */
  readonly times: Entry<Acc>[]
  given: number
  /** How many are in the roll. */
  rolled: number
  readonly roll: Roll<Acc>
}

/** Aggregates elements in windows around each. Accumulators are in namespaces named by their keys. */
export class SlidingKernel<Acc> implements Kernel {
  readonly #reach: Reach
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #host: KernelHost
  readonly #output: WindowOutput<Acc>
  readonly #cell: MemoryCell<Acc>
  /** The latest time whose window has given its result. */
  readonly #givenUpTo: ValueCell<number>
  readonly #keys = new KeyMap<KeyTimes<Acc>>()
  readonly #due = new DueHeap<KeyTimes<Acc>>()
  /** Windows may have been put together from what happened up to here. */
  #closedUpTo: number

  constructor({ reach, fold, rules }: SlidingParts<Acc>, host: KernelHost) {
    this.#reach = reach
    this.#fold = fold
    this.#host = host
    this.#output = new WindowOutput(fold, rules, host)
    this.#cell = host.state.keyed<Acc>('times', fold.wire)
    this.#givenUpTo = host.state.value('given', plainWire(), Number.NEGATIVE_INFINITY)
    this.#closedUpTo = this.#givenUpTo.get() + reach.afterMs
    for (const key of this.#cell.namespaces()) this.#restore(key)
  }

  push(element: unknown, context: Context): void {
    const { time, entryWatermark } = context
    if (time <= entryWatermark || time <= this.#closedUpTo) {
      this.#host.count(time <= entryWatermark ? 'late' : 'finallyLate', 1)
      return giveLate(this.#host, element, context)
    }
    const key = keyOf(context)
    const entry = this.#cell.get(key, time)
    if (entry === undefined) {
      this.#host.checkKey(context)
      const accumulator = this.#fold.add(this.#fold.create(), element, context)
      return this.#insert(this.#timesOf(key), this.#cell.create(key, time, accumulator))
    }
    entry.value = this.#host.guarded
      ? guardedAdd(this.#fold, entry.value, { element, place: context })
      : this.#fold.add(entry.value, element, context)
    this.#cell.touch(entry)
  }

  due(): number {
    return this.#due.firstTime()
  }

  advance(watermark: number, context: Context): void {
    for (
      let next = this.#due.firstUntil(watermark);
      next !== undefined;
      next = this.#due.firstUntil(watermark)
    ) {
      this.#give(next, watermark, context)
      this.#free(next, watermark)
      if (next.times.length > 0) next.time = this.#nextAt(next)
      else {
        this.#due.remove(next)
        this.#keys.delete(next.key)
      }
    }
    const reached =
      watermark === Number.POSITIVE_INFINITY ? this.#givenUpTo.get() + this.#reach.afterMs : watermark
    this.#closedUpTo = Math.max(this.#closedUpTo, reached)
  }

  #restore(key: Key): void {
    const times = this.#timesOf(key)
    times.times.push(...this.#cell.entries(key))
    times.times.sort((left, right) => timeOf(left) - timeOf(right))
    times.given = times.times.filter(entry => timeOf(entry) <= this.#givenUpTo.get()).length
    this.#schedule(times)
  }

  #timesOf(key: Key): KeyTimes<Acc> {
    let times = this.#keys.get(key)
    if (times === undefined) {
      times = {
        key,
        times: [],
        given: 0,
        rolled: 0,
        roll: new Roll(this.#fold),
        time: Number.POSITIVE_INFINITY,
        at: Number.NaN,
      }
      this.#keys.set(key, times)
    }
    return times
  }

  #insert(times: KeyTimes<Acc>, entry: Entry<Acc>): void {
    const list = times.times
    let at = list.length
    while (at > 0 && timeOf(list[at - 1]) > timeOf(entry)) at--
    list.splice(at, 0, entry)
    // What stands before its place in the queue is found when that comes.
    if (at === times.given) this.#schedule(times)
  }

  /** Gives the results of all windows of a key that are complete, in the order of time. */
  #give(times: KeyTimes<Acc>, watermark: number, context: Context): void {
    const { beforeMs, afterMs } = this.#reach
    const { key, roll, times: list } = times
    for (; times.given < list.length; times.given++) {
      const time = timeOf(list[times.given])
      if (time + afterMs > watermark) return
      for (; timeOf(list[times.rolled]) <= time + afterMs; times.rolled++) {
        const entry = list[times.rolled]
        if (entry !== undefined) roll.append(timeOf(entry), entry.value)
      }
      roll.evictBefore(time - beforeMs)
      const window = { start: time - beforeMs, end: time + afterMs + 1 }
      context.entryWatermark = Number.NEGATIVE_INFINITY
      this.#output.give({ key, window, accumulator: roll.value() }, undefined, context)
      if (time > this.#givenUpTo.get()) this.#givenUpTo.set(time)
    }
  }

  /** Frees the times that no window to come reaches back to. */
  #free(times: KeyTimes<Acc>, watermark: number): void {
    let count = 0
    while (count < times.given && this.#freeAt(times, count) <= watermark) {
      const entry = times.times[count++]
      if (entry !== undefined) this.#cell.delete(entry)
    }
    times.times.splice(0, count)
    times.given -= count
    times.rolled = Math.max(0, times.rolled - count)
  }

  #schedule(times: KeyTimes<Acc>): void {
    times.time = this.#nextAt(times)
    if (Number.isNaN(times.at)) this.#due.add(times)
    else this.#due.moved(times)
    this.#host.wakeAt(times.time)
  }

  /** The watermark at which there is something to do for a key: a window is complete, or a time is in none any more. */
  #nextAt(times: KeyTimes<Acc>): number {
    const next = timeOf(times.times[times.given]) + this.#reach.afterMs
    return times.given > 0 ? Math.min(next, this.#freeAt(times, 0)) : next
  }

  /** The watermark at which a time is in no window any more, neither in one that waits nor in one to come. */
  #freeAt({ times, given }: KeyTimes<Acc>, number: number): number {
    const { beforeMs, afterMs } = this.#reach
    const reaches = timeOf(times[number]) + beforeMs
    const waiting = timeOf(times[given])
    return waiting <= reaches ? waiting + afterMs : reaches
  }
}

/** The time of an entry; +∞ for none. */
function timeOf(entry: Entry<unknown> | undefined): number {
  return entry === undefined ? Number.POSITIVE_INFINITY : (entry.key as number)
}
