/**
 * Window folds aggregated before the exchange: one partial per key, window and commit; of overlapping
 * windows one per slice, as these share them.
 *
 * The sending task assigns the window and judges each element by its entry watermark, so a partial
 * carries none. An element that is late for any window travels alone.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import type { Context, Partial, PartialAggregator } from '../../graph/index.ts'
import { type Fold, guardedAdd } from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import type { Slice, Spans } from './spans.ts'
import type { WindowParts } from './window-kernel.ts'

interface Sum<Acc> {
  readonly key: Key
  accumulator: Acc
  count: number
}

/** Collects partial aggregates of windows. */
export class WindowPartials<Acc> implements PartialAggregator {
  size = 0
  readonly #spans: Spans
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #isShared: boolean
  readonly #guarded: boolean
  #slice: Slice = { start: Number.NaN, end: Number.NaN }
  readonly #byAddress = new Map<number, KeyMap<Sum<Acc>>>()

  constructor({ spans, fold }: WindowParts<Acc>, isShared: boolean, guarded: boolean) {
    this.#spans = spans
    this.#fold = fold
    this.#isShared = isShared
    this.#guarded = guarded
  }

  add(value: unknown, context: Context): boolean {
    const { time } = context
    if (!(time >= this.#slice.start && time < this.#slice.end)) this.#slice = this.#spans.sliceAt(time)
    const { start } = this.#slice
    const firstEnd = this.#spans.firstEnd(start)
    if (firstEnd - 1 <= context.entryWatermark || firstEnd > this.#spans.lastEnd(start)) return false
    this.#addTo(this.#isShared ? start : firstEnd, value, context)
    return true
  }

  drain(write: (key: Key, partial: Partial) => void): void {
    for (const [window, sums] of this.#byAddress) {
      for (const { key, accumulator, count } of sums.values()) {
        write(key, { window, count, state: this.#fold.wire.encode(accumulator) })
      }
    }
    this.#byAddress.clear()
    this.size = 0
  }

  #addTo(address: number, element: unknown, context: Context): void {
    const key = keyOf(context)
    let sums = this.#byAddress.get(address)
    if (sums === undefined) {
      sums = new KeyMap()
      this.#byAddress.set(address, sums)
    }
    const sum = sums.get(key)
    if (sum === undefined) {
      const accumulator = this.#fold.add(this.#fold.create(), element, context)
      sums.set(key, { key, accumulator, count: 1 })
      this.size++
      return
    }
    sum.accumulator = this.#guarded
      ? guardedAdd(this.#fold, sum.accumulator, { element, place: context })
      : this.#fold.add(sum.accumulator, element, context)
    sum.count++
  }
}
