/**
 * The window step: one accumulator per key and window.
 *
 * Whether an element is late for a window is judged by its entry watermark alone, so it does not depend
 * on how channels interleave. Only after an idle decision, a new channel or a drain may a window have
 * been closed for good before an on-time element comes: such an element is late too, counted apart.
 * Source: Flink's event-time windows, with the lateness rule made independent of the interleaving.
 */
import type { Key } from '../../codec/index.ts'
import type { Context, Kernel, KernelHost, Partial } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { TimeHeap } from '../../time/index.ts'
import { type Fold, guardedAdd } from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import { PendingChanges } from './pending-changes.ts'
import type { Spans } from './spans.ts'
import { giveLate } from './window.ts'
import { type Given, nothingGiven, WindowOutput } from './window-output.ts'
import { givesAtEnd, isPlain, type WindowRules } from './windows.ts'

/** What a window step is made of. */
export interface WindowParts<Acc> {
  readonly spans: Spans
  readonly fold: Fold<unknown, Acc, unknown>
  readonly rules: WindowRules
}

const BEFORE_ALL = Number.NEGATIVE_INFINITY

/** Aggregates elements in windows. Accumulators are in namespaces named by the ends of their windows. */
export class WindowKernel<Acc> implements Kernel {
  protected readonly spans: Spans
  protected readonly fold: Fold<unknown, Acc, unknown>
  protected readonly host: KernelHost
  protected readonly output: WindowOutput<Acc>
  protected readonly windows: MemoryCell<Acc>
  /** The slice that the last element lay in: usually the next one does too. */
  protected sliceStart: number = Number.NaN
  protected sliceEnd: number = Number.NaN
  protected firstEnd: number = Number.NaN
  protected lastEnd: number = Number.NaN
  /** Windows that end at or before this have been passed. */
  protected passedUpTo: number
  /** Windows that end at or before this are gone. */
  protected closedUpTo: number
  protected readonly latenessMs: number
  /** The largest end of a window that was passed, and of one that was closed for good. */
  readonly #passed: ValueCell<number>
  readonly #floor: ValueCell<number>
  readonly #given: MemoryCell<Given> | undefined
  readonly #isPlain: boolean
  /** Whether each element is in one window, which gives its result when it is over. */
  readonly #isSimple: boolean
  /** The ends of windows that are open, and of those that still take late elements. */
  readonly #open = new TimeHeap()
  readonly #reopened = new TimeHeap()
  readonly #known = new Set<number>()
  readonly #pending: PendingChanges<Entry<Acc>> | undefined

  constructor({ spans, fold, rules }: WindowParts<Acc>, host: KernelHost) {
    this.spans = spans
    this.fold = fold
    this.host = host
    this.output = new WindowOutput(fold, rules, host)
    this.latenessMs = rules.latenessMs
    this.#isPlain = isPlain(rules)
    this.#isSimple = this.#isPlain && !spans.overlaps && spans.hasGaps !== true
    this.windows = host.state.keyed<Acc>('windows', fold.wire)
    this.#floor = host.state.value('floor', plainWire(), BEFORE_ALL)
    this.#passed = host.state.value('passed', plainWire(), BEFORE_ALL)
    if (this.output.remembers) this.#given = host.state.keyed('given', plainWire())
    if (rules.emission.kind === 'every') this.#pending = new PendingChanges(rules.emission, host)
    this.closedUpTo = this.#floor.get()
    this.passedUpTo = Math.max(this.closedUpTo, this.#passed.get())
    for (const namespace of this.windows.namespaces()) this.#restore(namespace as number)
  }

  push(value: unknown, context: Context): void {
    const { time } = context
    // The next element usually falls where the last one did: then nothing is divided.
    if (!(time >= this.sliceStart && time < this.sliceEnd)) this.#moveTo(time)
    // What follows does the same; asked here, the usual case costs a tenth less (`npm run bench -- pipelines`).
    if (this.#isSimple && !this.isLateFor(this.firstEnd, context)) this.#add(this.firstEnd, value, context)
    else if (!this.take(value, context)) this.refuse(value, context)
  }

  mergePartial(partial: Partial, context: Context): void {
    const { window: end } = partial
    if (end <= this.closedUpTo) return this.host.count('finallyLate', partial.count)
    this.mergeInto(end, this.fold.wire.decode(partial.state), context)
  }

  due(): number {
    return Math.min(
      this.#open.first() - 1,
      this.#reopened.first() - 1 + this.latenessMs,
      this.#pending?.due() ?? Number.POSITIVE_INFINITY,
    )
  }

  advance(watermark: number, context: Context): void {
    if (this.#pending?.isDue(watermark) === true) this.#givePending(watermark, context)
    let passedUpTo = this.#passed.get()
    for (let end = this.nextOpen(); end - 1 <= watermark && end > BEFORE_ALL; end = this.nextOpen()) {
      this.#open.pop()
      passedUpTo = Math.max(passedUpTo, end)
      this.pass(end, context)
      this.#reopened.push(end)
    }
    const isNews = passedUpTo > this.#passed.get() && passedUpTo < Number.POSITIVE_INFINITY
    if (this.latenessMs > 0 && isNews) this.#passed.set(passedUpTo)
    this.#clear(watermark)
    // The end of a drained input closes what is open, not the windows that a later run may open.
    const reached = watermark === Number.POSITIVE_INFINITY ? BEFORE_ALL : watermark + 1
    this.passedUpTo = Math.max(this.passedUpTo, passedUpTo, reached)
    this.closedUpTo = Math.max(this.closedUpTo, this.#floor.get(), reached - this.latenessMs)
  }

  alarm(_now: number, context: Context): void {
    this.#pending?.rang()
    this.#givePending(BEFORE_ALL, context)
  }

  /** Adds an element to all its windows; false where it comes too late for each. */
  protected take(value: unknown, context: Context): boolean {
    if (this.firstEnd === this.lastEnd) return this.#takeInto(this.firstEnd, value, context)
    if (this.host.guarded) return this.#takeGuarded(value, context)
    // Between windows that have gaps, an element is in none, and not late.
    let taken = this.firstEnd > this.lastEnd
    for (let end = this.firstEnd; end <= this.lastEnd; end = this.spans.nextEnd(end)) {
      taken = this.#takeInto(end, value, context) || taken
    }
    return taken
  }

  /** Whether a window takes no element with this entry watermark. */
  protected isLateFor(end: number, { entryWatermark }: Context): boolean {
    return end - 1 + this.latenessMs <= entryWatermark || end <= this.closedUpTo
  }

  /** Late, or on time for a window that has been closed for good. */
  protected refuse(value: unknown, context: Context): void {
    const isLate = this.lastEnd - 1 + this.latenessMs <= context.entryWatermark
    this.host.count(isLate ? 'late' : 'finallyLate', 1)
    giveLate(this.host, value, context)
  }

  /** Adds an accumulator, which is nobody else's, to that of a window. */
  protected mergeInto(end: number, other: Acc, context: Context): void {
    const { merge, copy } = this.fold
    if (merge === undefined) return
    const entry = this.windows.get(end, keyOf(context))
    if (entry === undefined) return void this.#create(end, other, context)
    const before = this.host.guarded && copy !== undefined ? copy(entry.value) : entry.value
    entry.value = merge(before, other)
    this.windows.touch(entry)
  }

  /** The watermark has passed a window. */
  protected pass(end: number, context: Context): void {
    if (!givesAtEnd(this.output.rules)) return
    const window = { start: this.spans.startOf(end), end }
    for (const { key, value: accumulator } of this.windows.entries(end)) {
      context.entryWatermark = BEFORE_ALL
      this.output.give({ key, window, accumulator }, this.givenOf(end, key), context)
    }
  }

  /** The contents of a window; undefined where it has none. */
  protected contentsOf(end: number, key: Key): Acc | undefined {
    return this.windows.get(end, key)?.value
  }

  /** What is remembered of a window's results, which counts as changed. */
  protected givenOf(end: number, key: Key): Given | undefined {
    const cell = this.#given
    if (cell === undefined) return undefined
    const entry = cell.get(end, key) ?? cell.create(end, key, nothingGiven())
    cell.touch(entry)
    return entry.value
  }

  /** Notes that a window has something in it. */
  protected schedule(end: number): void {
    if (this.#known.has(end)) return
    this.#known.add(end)
    if (end > this.passedUpTo) this.#open.push(end)
    else {
      // It gives its result with each element from now on.
      this.#reopened.push(end)
      if (end > this.#passed.get()) this.#passed.set(end)
    }
    this.host.wakeAt(this.due())
  }

  /** The earliest end of a window that is open; −∞ for none. */
  protected nextOpen(): number {
    return this.#open.size === 0 ? BEFORE_ALL : this.#open.first()
  }

  /** Frees what belongs to a window that takes nothing any more. */
  protected drop(end: number): void {
    this.windows.drop(end)
    this.#given?.drop(end)
  }

  #moveTo(time: number): void {
    const { start, end } = this.spans.sliceAt(time)
    this.sliceStart = start
    this.sliceEnd = end
    this.firstEnd = this.spans.firstEnd(start)
    this.lastEnd = this.spans.lastEnd(start)
  }

  #restore(end: number): void {
    this.#known.add(end)
    if (end <= this.passedUpTo) this.#reopened.push(end)
    else this.#open.push(end)
  }

  #takeInto(end: number, value: unknown, context: Context): boolean {
    if (this.isLateFor(end, context)) return false
    this.#added(end, this.#add(end, value, context), context)
    return true
  }

  /** All or none: an element that one window cannot take is in no other one either. */
  #takeGuarded(value: unknown, context: Context): boolean {
    const key = keyOf(context)
    const added: { readonly end: number; readonly accumulator: Acc }[] = []
    for (let end = this.firstEnd; end <= this.lastEnd; end = this.spans.nextEnd(end)) {
      if (this.isLateFor(end, context)) continue
      const before = this.windows.get(end, key)?.value ?? this.fold.create()
      added.push({
        end,
        accumulator: guardedAdd(this.fold, before, { element: value, place: context }),
      })
    }
    for (const { end, accumulator } of added)
      this.#added(end, this.#store(end, accumulator, context), context)
    return added.length > 0 || this.firstEnd > this.lastEnd
  }

  #add(end: number, element: unknown, context: Context): Entry<Acc> {
    const entry = this.windows.get(end, keyOf(context))
    if (entry === undefined) {
      return this.#create(end, this.fold.add(this.fold.create(), element, context), context)
    }
    const before = entry.value
    const after = this.host.guarded
      ? guardedAdd(this.fold, before, { element, place: context })
      : this.fold.add(before, element, context)
    // Most folds change their accumulator in place: then there is nothing to store.
    if (after !== before) entry.value = after
    this.windows.touch(entry)
    return entry
  }

  #store(end: number, accumulator: Acc, context: Context): Entry<Acc> {
    const entry = this.windows.get(end, keyOf(context))
    if (entry === undefined) return this.#create(end, accumulator, context)
    entry.value = accumulator
    this.windows.touch(entry)
    return entry
  }

  #create(end: number, accumulator: Acc, context: Context): Entry<Acc> {
    this.host.checkKey(context)
    this.schedule(end)
    return this.windows.create(end, keyOf(context), accumulator)
  }

  /** An element was added to a window: gives its result where that is asked for. */
  #added(end: number, entry: Entry<Acc>, context: Context): void {
    if (this.#isPlain) return
    const { key } = entry
    const isPassed = end <= this.passedUpTo
    const given = this.#given === undefined ? undefined : this.givenOf(end, key)
    const next = this.output.afterAdd(isPassed, given)
    if (next === 'nothing') return this.#pending?.add(entry, context.entryWatermark)
    const accumulator = this.contentsOf(end, key)
    if (accumulator === undefined) return
    const window = { start: this.spans.startOf(end), end }
    this.output.giveWithin({ key, window, accumulator }, given, context)
    if (next === 'giveAndPurge') this.#purge(end, entry)
  }

  /** Empties a window, which leaves nothing behind unless it may have to take its result back. */
  #purge(end: number, entry: Entry<Acc>): void {
    this.windows.delete(entry)
    const given = this.output.rules.retracts ? undefined : this.#given?.get(end, entry.key)
    if (given !== undefined) this.#given?.delete(given)
  }

  #givePending(watermark: number, context: Context): void {
    for (const entry of this.#pending?.take() ?? []) {
      if (entry.live) this.#giveEarly(entry, watermark, context)
    }
  }

  /** What is over, or will be at once, gives its result by itself. */
  #giveEarly({ space, key, value: accumulator }: Entry<Acc>, watermark: number, context: Context): void {
    const end = space.id as number
    if (end - 1 <= watermark || end <= this.passedUpTo) return
    context.entryWatermark = BEFORE_ALL
    const window = { start: this.spans.startOf(end), end }
    this.output.give({ key, window, accumulator }, this.givenOf(end, key), context)
  }

  #clear(watermark: number): void {
    let floor = this.#floor.get()
    const before = floor
    while (this.#reopened.size > 0 && this.#reopened.first() - 1 + this.latenessMs <= watermark) {
      const end = this.#reopened.pop()
      this.#known.delete(end)
      this.drop(end)
      floor = Math.max(floor, end)
    }
    // A window without an end begins anew after it was drained.
    if (floor > before && floor < Number.POSITIVE_INFINITY) this.#floor.set(floor)
  }
}
