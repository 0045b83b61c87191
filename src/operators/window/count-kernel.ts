/** Windows of so many elements: the last ones of each key, with their places. */
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import { type MemoryCell, plainWire, type Wire } from '../../state/index.ts'
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
    const { size, every } = this.#shape
    const key = keyOf(context)
    let entry = this.#cell.get(0, key)
    if (entry === undefined) {
      this.#host.checkKey(context)
      entry = this.#cell.create(0, key, { kept: [], since: 0 })
    }
    const { kept } = entry.value
    kept.push({ value, ...placeOf(context) })
    if (kept.length > size) kept.shift()
    entry.value.since++
    this.#cell.touch(entry)
    if (entry.value.since < every) return
    entry.value.since = 0
    const elements = [...kept]
    if (every >= size) kept.length = 0
    this.#give(elements, context)
    if (kept.length === 0) this.#cell.delete(entry)
  }

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(): void {
    // Nothing waits for time here.
  }

  #give(elements: readonly Kept[], context: Context): void {
    let accumulator = this.#fold.create()
    let start = Number.POSITIVE_INFINITY
    let last = Number.NEGATIVE_INFINITY
    for (const { value, ...place } of elements) {
      accumulator = this.#fold.add(accumulator, value, place)
      start = Math.min(start, place.time)
      last = Math.max(last, place.time)
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
