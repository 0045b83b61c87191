/**
 * Cells with a state per key and window.
 *
 * Invariant: a window closes once for each key that has a state in it, in the order of their ends; which
 * element is late for a window is judged by the element's entry watermark, as windows do. Each window has a
 * state of its own: there is no way to give one to several.
 */
import type { Key } from '../../codec/index.ts'
import { StepError } from '../../errors.ts'
import type { Context } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { TimeHeap } from '../../time/index.ts'
import type { Window } from '../window/window.ts'
import type { Call, Draft } from './call.ts'
import type { WindowsSpec } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'
import { copyOf, PlainCheck } from './plain-data.ts'

/** The state of a window of the key at hand. */
export interface WindowState<S> {
  readonly window: Window
  /** Its state; of a window that has closed, what it was then. */
  readonly state: S
  readonly isOpen: boolean
}

/** The states of all windows of the key at hand. */
export interface WindowsState<S> {
  /**
   * Changes the states of all windows that the element, or the timer, lies in: each once, from what it was, and
   * `init()` where there was nothing. A result of `undefined` means that the state was changed in place.
   * Windows that have been passed are left out. Gives the number of those that were changed.
   */
  update(change: (state: S, window: Window) => S | Changed): number
  /** All windows that a time lies in, with their states; `init()` where there is none yet, which is not stored. */
  of(time: number): readonly WindowState<S>[]
  /** The windows with a state that a time lies in, the earliest end first. */
  at(time: number): readonly WindowState<S>[]
  /** The windows with a state that have a part of `from` ≤ time < `to`, the earliest end first. */
  between(from: number, to: number): readonly WindowState<S>[]
  /** The window with a state that ends last. */
  newest(): WindowState<S> | undefined
}

// biome-ignore lint/suspicious/noConfusingVoidType: a function that changes in place has no result
type Changed = void | undefined

/** What is stored for a key and window: its state, and whether it has closed before the others of its window. */
export interface KeptWindow {
  state: unknown
  isClosed: boolean
}

const BEFORE_ALL = Number.NEGATIVE_INFINITY

/** The states of all windows and keys of a cell: a namespace for each window, named by its end. */
export class WindowsStore implements CellStore {
  readonly name: string
  readonly isPerKey = false
  readonly spec: WindowsSpec<unknown>
  readonly store: { readonly cell: MemoryCell<KeptWindow> }
  readonly plain: PlainCheck
  /** Windows that end at or before this have been passed. */
  #passedUpTo: number
  /** The largest end of a window that has closed. */
  readonly #floor: ValueCell<number>
  readonly #open = new TimeHeap()
  /** The ends of those that have closed and can be asked for. */
  readonly #closed = new TimeHeap()
  /** The ends of all that are kept. */
  readonly #known = new Set<number>()
  #sorted: readonly number[] | undefined

  constructor(name: string, spec: WindowsSpec<unknown>, { host }: CellHome) {
    this.name = name
    this.spec = spec
    this.plain = new PlainCheck(name, host.state)
    this.store = {
      cell: host.state.keyed<KeptWindow>(`windows ${name}`, {
        encode: ({ state, isClosed }) => (isClosed ? [state, true] : [state]),
        decode: wire => {
          // Only what `encode` gave is written there.
          const [state, isClosed] = wire as readonly unknown[]
          return { state, isClosed: isClosed === true }
        },
      }),
    }
    this.#floor = host.state.value(`closed ${name}`, plainWire<number>(), BEFORE_ALL)
    this.#passedUpTo = this.#floor.get()
    for (const namespace of this.store.cell.namespaces()) this.#restore(namespace as number)
  }

  open(call: Call): WindowsState<unknown> {
    return new WindowsHandle(this, call)
  }

  /** When the next window closes, or is forgotten. */
  due(): number {
    return Math.min(this.#open.first() - 1, this.#closed.first() - 1 + this.spec.retentionMs)
  }

  /** The end of the next window to close; +∞: none. */
  nextEnd(): number {
    return this.#open.first()
  }

  /** Whether an element comes too late for all windows that it lies in. */
  isLate(context: Context): 'no' | 'late' | 'finallyLate' {
    const { spans } = this.spec
    const { start } = spans.sliceAt(context.time)
    const last = spans.lastEnd(start)
    if (spans.firstEnd(start) > last) return 'no'
    if (last - 1 <= context.entryWatermark) return 'late'
    return last <= this.#passedUpTo ? 'finallyLate' : 'no'
  }

  isOpen(end: number): boolean {
    return end > this.#passedUpTo
  }

  /** Begins to close a window: takes nothing more into it. Gives those that have to be closed. */
  pass(end: number): readonly Entry<KeptWindow>[] {
    this.#passedUpTo = Math.max(this.#passedUpTo, end)
    return [...this.store.cell.entries(end)].filter(entry => !entry.value.isClosed)
  }

  /** The window of one key has closed, while others have not, which may take a while. */
  closedOne(entry: Entry<KeptWindow>): void {
    entry.value.isClosed = true
    this.store.cell.touch(entry)
  }

  /** All keys of a window have closed. */
  closedAll(end: number): void {
    this.#open.pop()
    if (end > this.#floor.get()) this.#floor.set(end)
    this.#closed.push(end)
  }

  /** The watermark has come so far: what can be asked for no more is forgotten. */
  reached(watermark: number): void {
    const { retentionMs } = this.spec
    while (this.#closed.size > 0 && this.#closed.first() - 1 + retentionMs <= watermark) {
      const end = this.#closed.pop()
      this.#known.delete(end)
      this.#sorted = undefined
      this.store.cell.drop(end)
    }
    // The end of a drained input closes what is open, not the windows that a later run may open.
    if (watermark < Number.POSITIVE_INFINITY) this.#passedUpTo = Math.max(this.#passedUpTo, watermark + 1)
  }

  windowOf(end: number): Window {
    return { start: this.spec.spans.startOf(end), end }
  }

  /** The ends of all windows with a state, of any key, the earliest first. */
  ends(): readonly number[] {
    this.#sorted ??= [...this.#known].toSorted((left, right) => left - right)
    return this.#sorted
  }

  /** The ends of the windows that a time lies in, the earliest first. */
  endsAt(time: number): readonly number[] {
    const { spans } = this.spec
    const { start } = spans.sliceAt(time)
    const ends: number[] = []
    const last = spans.lastEnd(start)
    for (let end = spans.firstEnd(start); end <= last; end = spans.nextEnd(end)) ends.push(end)
    return ends
  }

  write(end: number, state: unknown, call: Call): void {
    const entry = this.store.cell.get(end, call.key)
    if (entry !== undefined) {
      entry.value.state = state
      this.store.cell.touch(entry)
      return
    }
    call.checkKey()
    this.store.cell.create(end, call.key, { state, isClosed: false })
    if (this.#known.has(end)) return
    this.#known.add(end)
    this.#sorted = undefined
    this.#open.push(end)
  }

  /** The state of a window as a call may have it. */
  stateFor(end: number, call: Call): unknown {
    const state = this.read(end, call.key)
    return call.isDraft ? copyOf(state) : state
  }

  read(end: number, key: Key): unknown {
    return this.store.cell.get(end, key)?.value.state
  }

  #restore(end: number): void {
    this.#known.add(end)
    if (end <= this.#floor.get()) this.#closed.push(end)
    else this.#open.push(end)
  }
}

class WindowsHandle implements WindowsState<unknown>, Draft {
  readonly #of: WindowsStore
  readonly #call: Call
  /** By end. */
  #draft: Map<number, unknown> | undefined

  constructor(of: WindowsStore, call: Call) {
    this.#of = of
    this.#call = call
  }

  update(change: (state: unknown, window: Window) => unknown): number {
    const of = this.#of
    const call = this.#call
    call.check()
    let changed = 0
    const given: unknown[] = []
    for (const end of of.endsAt(call.time)) {
      if (end - 1 <= call.entryWatermark || !of.isOpen(end)) continue
      const before = this.#stateOf(end) ?? of.spec.init()
      const after = change(before, of.windowOf(end)) ?? before
      if (typeof after === 'object' && given.includes(after)) throw this.#shared()
      given.push(after)
      of.plain.check(after, call.key, call.isDraft)
      this.#write(end, after)
      changed++
    }
    return changed
  }

  of(time: number): readonly WindowState<unknown>[] {
    this.#call.check()
    return this.#of
      .endsAt(this.#checkTime(time))
      .map(end => this.#show(end, this.#stateOf(end) ?? this.#of.spec.init()))
  }

  at(time: number): readonly WindowState<unknown>[] {
    this.#call.check()
    return this.#found(this.#of.endsAt(this.#checkTime(time)))
  }

  between(from: number, to: number): readonly WindowState<unknown>[] {
    this.#call.check()
    this.#checkTime(from)
    this.#checkTime(to)
    const { spans } = this.#of.spec
    return this.#found(this.#ends().filter(end => end > from && spans.startOf(end) < to))
  }

  newest(): WindowState<unknown> | undefined {
    this.#call.check()
    const ends = this.#ends()
    for (let place = ends.length - 1; place >= 0; place--) {
      const end = ends[place]
      const state = end === undefined ? undefined : this.#stateOf(end)
      if (end !== undefined && state !== undefined) return this.#show(end, state)
    }
    return undefined
  }

  apply(): void {
    for (const [end, state] of this.#draft ?? []) this.#of.write(end, state, this.#call)
    this.forget()
  }

  forget(): void {
    this.#draft = undefined
  }

  #found(ends: readonly number[]): readonly WindowState<unknown>[] {
    return ends.flatMap(end => {
      const state = this.#stateOf(end)
      return state === undefined ? [] : [this.#show(end, state)]
    })
  }

  #show(end: number, state: unknown): WindowState<unknown> {
    return { window: this.#of.windowOf(end), state, isOpen: this.#of.isOpen(end) }
  }

  #stateOf(end: number): unknown {
    if (this.#draft?.has(end) === true) return this.#draft.get(end)
    return this.#of.stateFor(end, this.#call)
  }

  #ends(): readonly number[] {
    if (this.#draft === undefined) return this.#of.ends()
    return [...new Set([...this.#of.ends(), ...this.#draft.keys()])].toSorted((left, right) => left - right)
  }

  #write(end: number, state: unknown): void {
    if (!this.#call.isDraft) return this.#of.write(end, state, this.#call)
    if (this.#draft === undefined) {
      this.#draft = new Map()
      this.#call.wrote(this)
    }
    this.#draft.set(end, state)
  }

  #checkTime(time: unknown): number {
    if (typeof time === 'number' && !Number.isNaN(time)) return time
    throw new StepError(
      'TIME_INVALID',
      `windows of cell "${this.#of.name}" were asked for with ${String(time)}; expected epoch milliseconds`,
    )
  }

  #shared(): StepError {
    return new StepError(
      'STEP_FAILED',
      `cell "${this.#of.name}": update gave one object for several windows, which would then share it; give each a new one, made from the state that it is called with`,
    )
  }
}
