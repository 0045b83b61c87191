/** Windows of so many elements: the last ones of each key, with their places. */
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type Wire } from '../../state/index.ts'
import {
  type Fold,
  type Place,
  type PlaceState,
  placeFromState,
  placeOf,
  placeToState,
} from '../folds/index.ts'
import { keyOf } from '../key-of.ts'
import type { CountShape } from './count-windows.ts'
import { WindowOutput } from './window-output.ts'
import type { WindowRules } from './windows.ts'

/** What a step with count windows is made of. */
export interface CountParts<Acc> {
  readonly shape: CountShape
  readonly fold: Fold<unknown, Acc, unknown>
  readonly rules: WindowRules
}

interface Kept extends Place {
  readonly value: unknown
}

/** The last elements of a key, and how many came since the last result. */
interface Counted {
  readonly kept: Kept[]
  since: number
}

/** Aggregates the last elements of each key, each so many. */
export class CountKernel<Acc> implements Kernel {
  readonly #shape: CountShape
  readonly #fold: Fold<unknown, Acc, unknown>
  readonly #host: KernelHost
  readonly #output: WindowOutput<Acc>
  readonly #cell: MemoryCell<Counted>

  constructor({ shape, fold, rules }: CountParts<Acc>, host: KernelHost) {
    this.#shape = shape
    this.#fold = fold
    this.#host = host
    this.#output = new WindowOutput(fold, rules, host)
    this.#cell = host.state.keyed('counted', COUNTED_WIRE)
  }

  push(value: unknown, context: Context): void {
    const element: Kept = { value, ...placeOf(context) }
    // What the fold cannot take must not fail the windows of later elements.
    if (this.#host.guarded) this.#fold.add(this.#fold.create(), value, element)
    const entry = this.#cell.get(0, keyOf(context))
    if (entry === undefined) this.#host.checkKey(context)
    if ((entry?.value.since ?? 0) + 1 < this.#shape.every) {
      this.#keep(entry, element, context)
      return
    }
    // Nothing is changed before the fold has taken all of them.
    const elements = [...(entry?.value.kept ?? []), element].slice(-this.#shape.size)
    const accumulator = this.#accumulate(elements)
    this.#complete(entry, element, context)
    this.#give(elements, accumulator, context)
  }

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(): void {
    // Nothing waits for time here.
  }

  /** Keeps an element for windows to come. */
  #keep(before: Entry<Counted> | undefined, element: Kept, context: Context): Entry<Counted> {
    const entry = before ?? this.#cell.create(0, keyOf(context), { kept: [], since: 0 })
    const { kept } = entry.value
    kept.push(element)
    if (kept.length > this.#shape.size) kept.shift()
    entry.value.since++
    this.#cell.touch(entry)
    return entry
  }

  #complete(entry: Entry<Counted> | undefined, element: Kept, context: Context): void {
    const { size, every } = this.#shape
    if (every < size) this.#keep(entry, element, context).value.since = 0
    else if (entry !== undefined) this.#cell.delete(entry)
  }

  #accumulate(elements: readonly Kept[]): Acc {
    let accumulator = this.#fold.create()
    for (const { value, ...place } of elements) accumulator = this.#fold.add(accumulator, value, place)
    return accumulator
  }

  #give(elements: readonly Kept[], accumulator: Acc, context: Context): void {
    let start = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const { time } of elements) {
      start = Math.min(start, time)
      last = Math.max(last, time)
    }
    const contents = { key: keyOf(context), window: { start, end: last + 1 }, accumulator }
    this.#output.giveWithin(contents, undefined, context)
  }
}

const plain = plainWire<readonly [since: number, kept: readonly (readonly [unknown, PlaceState])[]]>()

const COUNTED_WIRE: Wire<Counted> = {
  encode: ({ since, kept }) => [since, kept.map(each => [each.value, placeToState(each)])],
  decode: state => {
    const [since, kept] = plain.decode(state)
    return { since, kept: kept.map(([value, place]) => ({ value, ...placeFromState(place) })) }
  },
}
