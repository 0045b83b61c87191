/**
 * What is due in a process function, one job after the other: timers and windows in the order of event time,
 * then timers of the clock, then the end of each key.
 *
 * Invariant: nothing is handed out twice; a timer that was not taken from its heap comes again.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import type { Entry, ValueCell } from '../../state/index.ts'
import { NO_KEY } from './call.ts'
import type { CellStore } from './cell-store.ts'
import type { Definition } from './definition.ts'
import type { ProcessCells } from './open-cells.ts'
import type { TimerNode } from './timer-cell.ts'
import type { KeptWindow, WindowsStore } from './windows-cell.ts'

/** Of timers that are set while the input is drained, so many fire: more are taken for a loop without an end. */
export const MOST_TIMERS_OF_DRAIN = 1_000_000

/** Something that is due. */
export type Job =
  | { readonly kind: 'timer'; readonly timer: TimerNode; readonly key: Key; readonly time: number }
  | {
      readonly kind: 'close'
      readonly store: WindowsStore
      readonly entry: Entry<KeptWindow>
      readonly end: number
      readonly key: Key
      readonly time: number
    }
  | { readonly kind: 'end'; readonly key: Key; readonly time: number }

/** Timers that are set again and again while the input is drained; the rest stays set. */
export interface EndlessTimers {
  readonly kind: 'endless'
  readonly timer: TimerNode
  readonly fired: number
}

/** What jobs are made from. */
export interface JobParts {
  readonly cells: ProcessCells
  readonly isKeyed: boolean
  /** The largest time of an element, where somebody asks for the end. */
  readonly newest: ValueCell<number> | undefined
}

/** A window that is being closed, key by key. */
interface Closing {
  readonly store: WindowsStore
  readonly end: number
  readonly entries: readonly Entry<KeptWindow>[]
  next: number
}

const NEVER = Number.POSITIVE_INFINITY

/** The jobs of one shard. */
export class DueJobs {
  readonly #parts: JobParts
  readonly #hasOnClose: boolean
  #closing: Closing | undefined
  /** Keys whose end has still to be told. */
  #ending: IterableIterator<Key> | undefined
  /** How many timers may still fire in this drain; undefined: there is none. */
  #leftInDrain: number | undefined
  #firedInDrain = 0

  constructor({ onClose }: Definition, parts: JobParts) {
    this.#parts = parts
    this.#hasOnClose = onClose !== undefined
  }

  /** The next job that is due when the watermark and the clock have come so far. */
  next(watermark: number, clock: number): Job | EndlessTimers | undefined {
    const { eventTimers, clockTimers } = this.#parts.cells
    for (;;) {
      const closing = this.#closeNext()
      if (closing !== undefined) return closing
      const timer = this.#leftInDrain === 0 ? undefined : eventTimers.firstUntil(watermark)
      const window = this.#nextWindow()
      const endTime = window === undefined ? NEVER : window.nextEnd() - 1
      // What a timer still adds to a window that ends then is in it.
      if (timer !== undefined && timer.time <= endTime) {
        return (watermark === NEVER ? this.#fireInDrain(timer) : undefined) ?? jobOf(timer)
      }
      if (window === undefined || endTime > watermark) break
      const end = endTime + 1
      this.#closing = { store: window, end, entries: window.pass(end), next: 0 }
    }
    const timer = clockTimers.firstUntil(clock)
    if (timer !== undefined) return jobOf(timer)
    return watermark === NEVER ? this.#nextEnd() : undefined
  }

  /** The next key of the window that is being closed. */
  #closeNext(): Job | undefined {
    const closing = this.#closing
    if (closing === undefined) return undefined
    const { store, end, entries } = closing
    const entry = entries[closing.next++]
    if (entry !== undefined && this.#hasOnClose) {
      return { kind: 'close', store, entry, end, key: entry.key, time: end - 1 }
    }
    this.#closing = undefined
    store.closedAll(end)
    return undefined
  }

  #nextWindow(): WindowsStore | undefined {
    let first: WindowsStore | undefined
    for (const store of this.#parts.cells.windows) {
      if (store.nextEnd() < (first?.nextEnd() ?? NEVER)) first = store
    }
    return first
  }

  /** Each key that has state, once, when everything else is done. */
  #nextEnd(): Job | undefined {
    const { newest, isKeyed } = this.#parts
    if (newest === undefined) return undefined
    this.#ending ??= (isKeyed ? this.#keys() : [NO_KEY]).values()
    const next = this.#ending.next()
    const key = next.done === true ? undefined : next.value
    if (key === undefined) return undefined
    const time = newest.get()
    // There may have been no element at all.
    return { kind: 'end', key, time: Number.isFinite(time) ? time : 0 }
  }

  #keys(): Key[] {
    const keys = new KeyMap<Key>()
    const { cells, timers } = this.#parts.cells
    for (const store of [...cells, ...timers]) addKeys(store, keys)
    for (const { many } of timers) for (const key of many.namespaces()) keys.set(key, key)
    return [...keys.values()]
  }

  #fireInDrain(timer: TimerNode): EndlessTimers | undefined {
    this.#leftInDrain ??= MOST_TIMERS_OF_DRAIN + this.#parts.cells.eventTimers.size
    this.#leftInDrain--
    this.#firedInDrain++
    return this.#leftInDrain === 0 ? { kind: 'endless', timer, fired: this.#firedInDrain } : undefined
  }
}

/** A job as an element that failed. */
export function describeJob(job: Job): unknown {
  switch (job.kind) {
    case 'timer': {
      const { of, id } = job.timer
      return { timer: of.name, time: job.time, ...(id === undefined ? {} : { id }) }
    }
    case 'close': {
      const { store, end, entry } = job
      return { cell: store.name, window: store.windowOf(end), state: entry.value.state }
    }
    case 'end':
      return { end: job.time }
  }
}

function jobOf(timer: TimerNode): Job {
  return { kind: 'timer', timer, key: timer.key, time: timer.time }
}

function addKeys(store: CellStore, into: KeyMap<Key>): void {
  for (const namespace of store.store.cell.namespaces()) {
    if (store.isPerKey) into.set(namespace, namespace)
    else for (const { key } of store.store.cell.entries(namespace)) into.set(key, key)
  }
}
