/**
 * The window step: one accumulator per key and window, results when the watermark has passed.
 *
 * Whether an element is late is judged by its entry watermark alone, so it does not depend on how
 * channels interleave. Only after an idle decision, a new channel or a drain may a window have been
 * closed for good before an on-time element comes: such an element is late too, counted apart.
 * Source: Flink's event-time windows, with the lateness rule made independent of the interleaving.
 */
import type { Context, Kernel, KernelFactory, KernelHost, Partial } from '../../graph/index.ts'
import type { MemoryCell, ValueCell } from '../../state/index.ts'
import { TimeHeap } from '../../time/index.ts'
import type { Fold } from '../fold.ts'
import { guardedAdd } from '../guarded-add.ts'
import { keyOf } from '../key-of.ts'
import { WindowPartials } from './window-partials.ts'
import {
  LATE,
  lastWindowStart,
  type Window,
  type WindowResult,
  type WindowSpans,
  windowsFingerprint,
} from './windows.ts'

/** The kernel factory for a fold over windows. */
export function windowKernel<In, Acc, Out>(windows: WindowSpans, fold: Fold<In, Acc, Out>): KernelFactory {
  const { merge } = fold
  return {
    fingerprint: `window ${windowsFingerprint(windows)} ${fold.fingerprint}`,
    readsTime: 'watermark',
    open: host => new WindowKernel(windows, fold, host),
    ...(merge === undefined
      ? {}
      : {
          partial: (guarded: boolean) => new WindowPartials(windows, fold, guarded),
        }),
  }
}

const FLOOR_WIRE = { encode: (value: number) => value, decode: (wire: unknown) => wire as number }

class WindowKernel<Acc, Out> implements Kernel {
  readonly #windows: WindowSpans
  readonly #fold: Fold<unknown, Acc, Out>
  readonly #host: KernelHost
  readonly #cell: MemoryCell<Acc>
  /** The largest end of a window that was closed for good. */
  readonly #floor: ValueCell<number>
  readonly #open = new TimeHeap()
  readonly #guarded: boolean
  /** Windows that end at or before this are closed: the floor, or what the watermark has passed. */
  #closedUpTo: number
  /** Where the last window of the last element began, and where the one after it begins. */
  #lastStart = Number.NaN
  #nextStart = Number.NaN
  readonly #sizeMs: number
  readonly #isTumbling: boolean

  constructor(windows: WindowSpans, fold: Fold<unknown, Acc, Out>, host: KernelHost) {
    this.#windows = windows
    this.#fold = fold
    this.#host = host
    this.#cell = host.state.keyed('windows', { encode: fold.toState, decode: fold.fromState })
    this.#floor = host.state.value('floor', FLOOR_WIRE, Number.NEGATIVE_INFINITY)
    this.#closedUpTo = this.#floor.get()
    this.#guarded = host.guarded
    this.#sizeMs = windows.sizeMs
    this.#isTumbling = windows.slideMs === windows.sizeMs
    for (const start of this.#cell.namespaces()) this.#open.push(start)
  }

  push(value: unknown, context: Context): void {
    const { time } = context
    // The next element usually falls where the last one did: then nothing is divided.
    if (!(time >= this.#lastStart && time < this.#nextStart)) this.#moveTo(time)
    const taken = this.#isTumbling
      ? this.#take(this.#lastStart, value, context)
      : this.#takeAll(time, value, context)
    if (!taken) this.#refuse(value, context)
  }

  mergePartial(partial: Partial, context: Context): void {
    const { merge } = this.#fold
    if (merge === undefined) return
    if (partial.window + this.#windows.sizeMs <= this.#closedUpTo) {
      return this.#host.count('finallyLate', partial.count)
    }
    const other = this.#fold.fromState(partial.state)
    const entry = this.#cell.get(partial.window, keyOf(context))
    if (entry === undefined) return this.#create(partial.window, other, context)
    const isAtRisk = this.#guarded && this.#fold.mutates
    entry.value = merge(isAtRisk ? structuredClone(entry.value) : entry.value, other)
    this.#cell.touch(entry)
  }

  due(): number {
    return this.#open.first() + this.#windows.sizeMs - 1
  }

  advance(watermark: number, context: Context): void {
    const { sizeMs } = this.#windows
    let closedUpTo = this.#floor.get()
    while (this.#open.size > 0 && this.#open.first() + sizeMs - 1 <= watermark) {
      const start = this.#open.pop()
      this.#fire({ start, end: start + sizeMs }, context)
      this.#cell.drop(start)
      closedUpTo = Math.max(closedUpTo, start + sizeMs)
    }
    if (closedUpTo > this.#floor.get()) this.#floor.set(closedUpTo)
    // The end of a drained input closes what is open, not the windows that a later run may open.
    const passed = watermark === Number.POSITIVE_INFINITY ? closedUpTo : watermark + 1
    this.#closedUpTo = Math.max(this.#closedUpTo, closedUpTo, passed)
  }

  #moveTo(time: number): void {
    this.#lastStart = lastWindowStart(this.#windows, time)
    this.#nextStart = this.#lastStart + this.#windows.slideMs
  }

  /** Adds an element to one of its windows; false where it comes too late for it. */
  #take(start: number, value: unknown, context: Context): boolean {
    const end = start + this.#sizeMs
    if (end - 1 <= context.entryWatermark || end <= this.#closedUpTo) return false
    this.#add(start, value, context)
    return true
  }

  /** Adds an element to all its windows; false where it comes too late for each. */
  #takeAll(time: number, value: unknown, context: Context): boolean {
    const { sizeMs, slideMs } = this.#windows
    let taken = false
    for (let start = this.#lastStart; start > time - sizeMs; start -= slideMs) {
      taken = this.#take(start, value, context) || taken
    }
    return taken
  }

  /** Late, or on time for a window that has been closed for good. */
  #refuse(value: unknown, context: Context): void {
    const isLate = this.#lastStart + this.#sizeMs - 1 <= context.entryWatermark
    this.#host.count(isLate ? 'late' : 'finallyLate', 1)
    this.#host.emitTo(LATE, value, context)
  }

  #add(start: number, value: unknown, context: Context): void {
    const entry = this.#cell.get(start, keyOf(context))
    if (entry === undefined) return this.#create(start, this.#fold.add(this.#fold.create(), value), context)
    const before = entry.value
    const after = this.#guarded ? guardedAdd(this.#fold, before, value) : this.#fold.add(before, value)
    // Most folds change their accumulator in place: then there is nothing to store.
    if (after !== before) entry.value = after
    this.#cell.touch(entry)
  }

  #create(start: number, accumulator: Acc, context: Context): void {
    this.#host.checkKey(context)
    if (!this.#cell.has(start)) {
      this.#open.push(start)
      this.#host.wakeAt(this.due())
    }
    this.#cell.create(start, keyOf(context), accumulator)
  }

  #fire(window: Window, context: Context): void {
    context.time = window.end - 1
    context.timestamp = window.end - 1
    context.entryWatermark = window.end - 2
    for (const entry of this.#cell.entries(window.start)) {
      context.key = entry.key
      let value: Out
      try {
        value = this.#fold.result(entry.value)
      } catch (thrown) {
        this.#host.failed(thrown, this.#fold.toState(entry.value), context)
        continue
      }
      this.#host.emit({ key: entry.key, window, value } satisfies WindowResult<unknown, Out>, context)
    }
  }
}
