/**
 * Window folds aggregated before the exchange: one partial per key, window and commit.
 *
 * The sending task assigns the window and judges each element by its entry watermark, so a partial
 * carries none.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import type { Context, Partial, PartialAggregator } from '../../graph/index.ts'
import type { Fold } from '../fold.ts'
import { guardedAdd } from '../guarded-add.ts'
import { keyOf } from '../key-of.ts'
import { lastWindowStart, type WindowSpans } from './windows.ts'

interface Sum<Acc> {
  readonly key: Key
  accumulator: Acc
  count: number
}

/** Collects partial aggregates of windows. */
export class WindowPartials<Acc, Out> implements PartialAggregator {
  size = 0
  readonly #windows: WindowSpans
  readonly #fold: Fold<unknown, Acc, Out>
  readonly #guarded: boolean
  readonly #byWindow = new Map<number, KeyMap<Sum<Acc>>>()

  constructor(windows: WindowSpans, fold: Fold<unknown, Acc, Out>, guarded: boolean) {
    this.#windows = windows
    this.#fold = fold
    this.#guarded = guarded
  }

  add(value: unknown, context: Context): boolean {
    const { sizeMs, slideMs } = this.#windows
    const { time, entryWatermark } = context
    let taken = false
    for (let start = lastWindowStart(this.#windows, time); start > time - sizeMs; start -= slideMs) {
      if (start + sizeMs - 1 <= entryWatermark) continue
      taken = true
      this.#addTo(start, value, context)
    }
    return taken
  }

  drain(write: (key: Key, partial: Partial) => void): void {
    for (const [window, sums] of this.#byWindow) {
      for (const { key, accumulator, count } of sums.values()) {
        write(key, { window, count, state: this.#fold.toState(accumulator) })
      }
    }
    this.#byWindow.clear()
    this.size = 0
  }

  #addTo(start: number, value: unknown, context: Context): void {
    const key = keyOf(context)
    let sums = this.#byWindow.get(start)
    if (sums === undefined) {
      sums = new KeyMap()
      this.#byWindow.set(start, sums)
    }
    const sum = sums.get(key)
    if (sum === undefined) {
      sums.set(key, { key, accumulator: this.#fold.add(this.#fold.create(), value), count: 1 })
      this.size++
      return
    }
    sum.accumulator = this.#guarded
      ? guardedAdd(this.#fold, sum.accumulator, value)
      : this.#fold.add(sum.accumulator, value)
    sum.count++
  }
}
