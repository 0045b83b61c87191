/**
 * The newest element of each key, as a table.
 *
 * Which one is newest is decided by event time and place, so it does not depend on the order in which elements
 * come. What was removed is remembered for a while, so that an older element does not bring it back. Invariant:
 * an element that could meet a removal which was forgotten is late, by its entry watermark alone.
 */
import { describeValue, GraphError } from '../../errors.ts'
import type { Context, Kernel, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell, type Wire } from '../../state/index.ts'
import { DueHeap, type DueNode, type Duration, positiveDurationMs } from '../../time/index.ts'
import { BaseStream } from '../base-stream.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import {
  comparePlaces,
  type Place,
  type PlaceState,
  placeFromState,
  placeOf,
  placeToState,
} from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import type { StepOptions } from '../scope.ts'
import type { KeyedStream } from '../stream.ts'
import { LATE } from '../window/window.ts'
import type { Change } from './change.ts'
import { Table } from './change-stream.ts'

/** Options of `toTable`. */
export interface TableOptions<T> extends StepOptions {
  /** Says which elements remove the row of their key; the default is none. */
  readonly removed?: (element: T) => boolean
  /**
   * For how long, in event time, a removal is remembered: an element of before it that comes in this time changes
   * nothing. Elements further behind their watermark are late. The default is one day; it is for tables with `removed`.
   */
  readonly remember?: Duration
  /**
   * Which element of a key is the newest: that of the latest time (`'time'`, the default), or the last to come
   * (`'arrival'`), which is for streams that bring each key by one partition. Then nothing is late.
   */
  readonly order?: 'time' | 'arrival'
}

/** A table made of a stream. */
export type TableOf<K, T> = Table<K, T> & {
  /** The elements that came after removals of their time had been forgotten, unchanged; there are none without `removed`. */
  readonly late: KeyedStream<K, T>
}

interface TableRules {
  readonly isRemoved: ((element: unknown) => boolean) | undefined
  readonly rememberMs: number
  readonly byArrival: boolean
}

const DEFAULT_REMEMBER = '1d'

/** The newest element of each key. */
export function toTable<K, T>(stream: KeyedStream<K, T>, options: TableOptions<T>): TableOf<K, T> {
  checkOptions(options, ['removed', 'remember', 'order', 'id', 'onError'], 'toTable')
  const { removed, remember, order = 'time', ...rest } = options
  if (removed !== undefined) checkFunction(removed, 'toTable: removed')
  if (order !== 'time' && order !== 'arrival') {
    throw new GraphError(
      'OPTION_INVALID',
      `toTable: order is ${describeValue(order)}; expected "time" or "arrival"`,
    )
  }
  const rules: TableRules = {
    // It is called with elements of this stream.
    isRemoved: removed as TableRules['isRemoved'],
    rememberMs: positiveDurationMs(remember ?? DEFAULT_REMEMBER, 'toTable: remember'),
    byArrival: order === 'arrival',
  }
  const latePort = BaseStream.scopeOf(stream).builder.sideOutput(LATE, 'it is an output of toTable')
  const step = { ...rest, outputs: [LATE], sideOutputs: [latePort] }
  const port = BaseStream.kernelOn(stream, 'toTable', tableKernel(rules), step)
  // They are what the kernel gives.
  const changes = BaseStream.onPort(stream, port) as KeyedStream<K, Change<T>>
  const late = BaseStream.onPort(stream, latePort) as KeyedStream<K, T>
  return Object.assign(new Table(changes, true), { late })
}

function tableKernel(rules: TableRules): KernelFactory<unknown, Change<unknown>> {
  return {
    fingerprint: fingerprintOf(rules),
    readsTime: rules.isRemoved === undefined || rules.byArrival ? 'time' : 'watermark',
    open: host => new TableKernel(rules, host),
  }
}

function fingerprintOf({ isRemoved, byArrival }: TableRules): string {
  if (byArrival) return 'toTable:1 by arrival'
  return isRemoved === undefined ? 'toTable:1' : 'toTable:1 removing'
}

/** The newest element of a key; null where it was removed. */
interface Row extends Place {
  readonly value: unknown
  /** When its removal is forgotten, if it was ever removed: one for each key. */
  readonly forgotten: Forgotten | undefined
}

/** A removal that will be forgotten. */
interface Forgotten extends DueNode {
  readonly entry: Entry<Row>
}

class TableKernel implements Kernel {
  readonly #rules: TableRules
  readonly #host: KernelHost<Change<unknown>>
  readonly #rows: MemoryCell<Row>
  readonly #forget = new DueHeap<Forgotten>()
  /** Removals that are no later than this may have been forgotten. */
  readonly #floor: ValueCell<number>

  constructor(rules: TableRules, host: KernelHost<Change<unknown>>) {
    this.#rules = rules
    this.#host = host
    this.#rows = host.state.keyed('rows', ROW_WIRE)
    this.#floor = host.state.value('floor', plainWire(), Number.NEGATIVE_INFINITY)
    for (const entry of this.#rows.entries(0)) if (entry.value.value === null) this.#remember(entry)
  }

  push(element: unknown, context: Context): void {
    const { isRemoved, rememberMs, byArrival } = this.#rules
    if (isRemoved !== undefined && !byArrival) {
      const isLate = context.time <= context.entryWatermark - rememberMs
      // A partition that was idle has not said how far the others are.
      if (isLate || context.time <= this.#floor.get()) {
        this.#host.count(isLate ? 'late' : 'finallyLate', 1)
        return this.#host.emitTo(LATE, element, context)
      }
    }
    const value = isRemoved?.(element) === true ? null : element
    const key = keyOf(context)
    const entry = this.#rows.get(0, key)
    const before = entry === undefined ? null : entry.value.value
    if (byArrival && value === null) {
      if (entry !== undefined) this.#rows.delete(entry)
    } else if (entry === undefined) {
      this.#host.checkKey(context)
      const made = this.#rows.create(0, key, { value, ...placeOf(context), forgotten: undefined })
      if (value === null) this.#remember(made)
    } else {
      if (!byArrival && comparePlaces(context, entry.value) < 0) return
      entry.value = { value, ...placeOf(context), forgotten: entry.value.forgotten }
      this.#rows.touch(entry)
      if (value === null) this.#remember(entry)
    }
    this.#host.emit({ before, after: value }, context)
  }

  due(): number {
    return this.#forget.firstTime()
  }

  advance(watermark: number): void {
    // The end of a drained input forgets nothing: a later run may go on.
    if (watermark === Number.POSITIVE_INFINITY) return
    let floor = this.#floor.get()
    for (
      let due = this.#forget.firstUntil(watermark);
      due !== undefined;
      due = this.#forget.firstUntil(watermark)
    ) {
      const { entry } = due
      this.#forget.remove(due)
      // It may have come back, or have been removed once more.
      if (entry.live && entry.value.value === null && this.#goneAt(entry) <= watermark) {
        floor = Math.max(floor, entry.value.time)
        this.#rows.delete(entry)
      }
    }
    if (floor > this.#floor.get()) this.#floor.set(floor)
  }

  #remember(entry: Entry<Row>): void {
    const time = this.#goneAt(entry)
    const { forgotten } = entry.value
    if (forgotten === undefined) {
      const made = { entry, time, at: Number.NaN }
      entry.value = { ...entry.value, forgotten: made }
      this.#forget.add(made)
    } else {
      // Later than before: it is put off where it stands.
      forgotten.time = time
      if (Number.isNaN(forgotten.at)) this.#forget.add(forgotten)
      else this.#forget.moved(forgotten)
    }
    this.#host.wakeAt(this.due())
  }

  #goneAt({ value: { time } }: Entry<Row>): number {
    return time + this.#rules.rememberMs
  }
}

const ROW_WIRE: Wire<Row> = (() => {
  const stored = plainWire<readonly [value: unknown, place: PlaceState]>()
  return {
    encode: row => stored.encode([row.value, placeToState(row)]),
    decode: state => {
      const [value, place] = stored.decode(state)
      return { value, ...placeFromState(place), forgotten: undefined }
    },
  }
})()
