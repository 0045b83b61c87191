/**
 * The slices of one key, from which overlapping windows are put together one after the other.
 *
 * Two stacks: the older slices have with each the aggregate of it and all older ones behind it, the newer
 * ones are aggregated as they come. So a window costs three merges at most on average, however many slices
 * it has. Source: Tangwongsan, Hirzel and Schneider, Low-latency sliding-window aggregation (2017).
 *
 * Invariant: a slice that was appended does not change any more.
 */
import type { Fold } from '../folds/index.ts'

/** Slices of one key in the order of time. */
export class Roll<Acc> {
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #starts: number[] = []
  readonly #slices: Acc[] = []
  /** Where the slices of the present window begin, and those that are aggregated as they come. */
  #head = 0
  #split = 0
  /** For each slice from `#head` to `#split`, the aggregate of it and what follows up to `#split`. */
  readonly #suffixes: Acc[] = []
  #newer: Acc | undefined

  constructor(fold: Fold<unknown, Acc, unknown>) {
    this.#fold = fold
  }

  get isEmpty(): boolean {
    return this.#head === this.#slices.length
  }

  /** Adds a slice behind all others. */
  append(start: number, slice: Acc): void {
    this.#starts.push(start)
    this.#slices.push(slice)
    if (this.#fold.condenses) this.#newer = this.#merged(this.#newer, slice)
  }

  /** Forgets the slices that begin before `start`. */
  evictBefore(start: number): void {
    while (this.#head < this.#starts.length && (this.#starts[this.#head] ?? start) < start) {
      this.#head++
      if (this.#head > this.#split && this.#fold.condenses) this.#turn()
    }
    if (this.#head * 2 > this.#starts.length && this.#head > 16) this.#compact()
  }

  /** The aggregate of all slices, which the caller may change. */
  value(): Acc {
    let all = this.#fold.create()
    if (!this.#fold.condenses) {
      for (let at = this.#head; at < this.#slices.length; at++) all = this.#merged(all, this.#slices[at])
      return all
    }
    if (this.#head < this.#split) all = this.#merged(all, this.#suffixes[this.#head])
    return this.#newer === undefined ? all : this.#merged(all, this.#newer)
  }

  /** Makes all slices older ones. */
  #turn(): void {
    this.#split = this.#slices.length
    this.#newer = undefined
    let behind: Acc | undefined
    for (let at = this.#split - 1; at >= this.#head; at--) {
      const slice = this.#merged(undefined, this.#slices[at])
      behind = behind === undefined ? slice : this.#merged(slice, behind)
      this.#suffixes[at] = behind
    }
  }

  #compact(): void {
    this.#starts.splice(0, this.#head)
    this.#slices.splice(0, this.#head)
    this.#suffixes.splice(0, this.#head)
    this.#split = Math.max(0, this.#split - this.#head)
    this.#head = 0
  }

  #merged(into: Acc | undefined, other: Acc | undefined): Acc {
    const { merge } = this.#fold
    const first = into ?? this.#fold.create()
    return merge === undefined || other === undefined ? first : merge(first, other)
  }
}
