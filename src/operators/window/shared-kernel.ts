/**
 * Overlapping windows that share their slices: an element is added to one slice, and a window is put
 * together from the slices of each key when it is over.
 *
 * Only elements that are late for none of their windows go into slices. One that is late for some, or that
 * finds some passed already, goes into the accumulators of the others, as it must not count in the former.
 * So a slice does not change any more once one of its windows has been passed.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import type { Context, KernelHost, Partial } from '../../graph/index.ts'
import type { Entry, MemoryCell } from '../../state/index.ts'
import { TimeHeap } from '../../time/index.ts'
import { guardedAdd } from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import { Roll } from './roll.ts'
import { WindowKernel, type WindowParts } from './window-kernel.ts'

interface KeyRoll<Acc> {
  readonly key: Key
  readonly roll: Roll<Acc>
}

/** Aggregates elements in slices. These are in namespaces named by their starts. */
export class SharedKernel<Acc> extends WindowKernel<Acc> {
  readonly #slices: MemoryCell<Acc>
  /** The starts of slices that no window has been put together from, and of those that are still there. */
  readonly #fresh = new TimeHeap()
  readonly #stored = new TimeHeap()
  readonly #rolls = new KeyMap<KeyRoll<Acc>>()
  /** All ends of windows from the one to the other are scheduled, or have been. */
  #scheduledFrom = Number.POSITIVE_INFINITY
  #scheduledTo = Number.NEGATIVE_INFINITY

  constructor(parts: WindowParts<Acc>, host: KernelHost) {
    super(parts, host)
    this.#slices = host.state.keyed<Acc>('slices', parts.fold.wire)
    // In the order of time each has few windows that the one before has not.
    const starts = [...this.#slices.namespaces()] as number[]
    for (const start of starts.toSorted((left, right) => left - right)) this.#store(start)
  }

  override mergePartial(partial: Partial, context: Context): void {
    const { window: start } = partial
    const accumulator = this.fold.wire.decode(partial.state)
    const lastEnd = this.spans.lastEnd(start)
    const firstEnd = this.spans.firstEnd(start)
    if (firstEnd > this.passedUpTo) return this.#mergeSlice(start, accumulator, context)
    if (lastEnd <= this.closedUpTo) return this.host.count('finallyLate', partial.count)
    for (let end = firstEnd; end <= lastEnd; end = this.spans.nextEnd(end)) {
      if (end > this.closedUpTo) this.mergeInto(end, this.fold.wire.decode(partial.state), context)
    }
  }

  protected override take(value: unknown, context: Context): boolean {
    const { firstEnd } = this
    if (firstEnd - 1 <= context.entryWatermark || firstEnd <= this.passedUpTo)
      return super.take(value, context)
    if (firstEnd <= this.lastEnd) this.#addToSlice(value, context)
    return true
  }

  protected override pass(end: number, context: Context): void {
    const window = { start: this.spans.startOf(end), end }
    this.#roll(end)
    for (const { key, roll } of this.#rolls.values()) {
      roll.evictBefore(window.start)
      if (roll.isEmpty) {
        this.#rolls.delete(key)
        continue
      }
      const accumulator = this.#withLate(end, key, roll.value())
      context.entryWatermark = Number.NEGATIVE_INFINITY
      this.output.give({ key, window, accumulator }, this.givenOf(end, key), context)
    }
    for (const { key, value: accumulator } of this.windows.entries(end)) {
      if (this.#rolls.get(key) !== undefined) continue
      context.entryWatermark = Number.NEGATIVE_INFINITY
      this.output.give({ key, window, accumulator }, this.givenOf(end, key), context)
    }
  }

  protected override contentsOf(end: number, key: Key): Acc | undefined {
    let all: Acc | undefined
    for (let at = this.spans.startOf(end); at < end; ) {
      const slice = this.spans.sliceAt(at)
      const entry = this.#slices.get(slice.start, key)
      if (entry !== undefined) all = this.#merged(all ?? this.fold.create(), entry.value)
      at = slice.end
    }
    return all === undefined ? super.contentsOf(end, key) : this.#withLate(end, key, all)
  }

  protected override drop(end: number): void {
    super.drop(end)
    while (this.#stored.size > 0 && this.spans.lastEnd(this.#stored.first()) <= end) {
      this.#slices.drop(this.#stored.pop())
    }
  }

  /** Lets slices that begin before the end of a window take part in it. */
  #roll(end: number): void {
    while (this.#fresh.size > 0 && this.#fresh.first() < end) {
      const start = this.#fresh.pop()
      for (const { key, value } of this.#slices.entries(start)) {
        let keyRoll = this.#rolls.get(key)
        if (keyRoll === undefined) {
          keyRoll = { key, roll: new Roll(this.fold) }
          this.#rolls.set(key, keyRoll)
        }
        keyRoll.roll.append(start, value)
      }
    }
  }

  #addToSlice(element: unknown, context: Context): void {
    const start = this.sliceStart
    const entry = this.#slices.get(start, keyOf(context))
    if (entry === undefined) {
      return void this.#create(start, this.fold.add(this.fold.create(), element, context), context)
    }
    const before = entry.value
    const after = this.host.guarded
      ? guardedAdd(this.fold, before, { element, place: context })
      : this.fold.add(before, element, context)
    if (after !== before) entry.value = after
    this.#slices.touch(entry)
  }

  #mergeSlice(start: number, other: Acc, context: Context): void {
    const entry = this.#slices.get(start, keyOf(context))
    if (entry === undefined) return void this.#create(start, other, context)
    const { copy } = this.fold
    const before = this.host.guarded && copy !== undefined ? copy(entry.value) : entry.value
    entry.value = this.#merged(before, other)
    this.#slices.touch(entry)
  }

  #create(start: number, accumulator: Acc, context: Context): Entry<Acc> {
    this.host.checkKey(context)
    if (!this.#slices.has(start)) this.#store(start)
    return this.#slices.create(start, keyOf(context), accumulator)
  }

  #store(start: number): void {
    this.#fresh.push(start)
    this.#stored.push(start)
    const firstEnd = this.spans.firstEnd(start)
    const lastEnd = this.spans.lastEnd(start)
    const isNext = firstEnd >= this.#scheduledFrom && firstEnd <= this.#scheduledTo
    const from = isNext ? this.spans.nextEnd(this.#scheduledTo) : firstEnd
    for (let end = from; end <= lastEnd; end = this.spans.nextEnd(end)) {
      if (end > this.closedUpTo) this.schedule(end)
    }
    if (!isNext) this.#scheduledFrom = firstEnd
    this.#scheduledTo = isNext ? Math.max(this.#scheduledTo, lastEnd) : lastEnd
  }

  #withLate(end: number, key: Key, all: Acc): Acc {
    const late = super.contentsOf(end, key)
    return late === undefined ? all : this.#merged(all, late)
  }

  #merged(into: Acc, other: Acc): Acc {
    const { merge } = this.fold
    return merge === undefined ? into : merge(into, other)
  }
}
