/**
 * A table of aggregates: one row per key, which a change replaces whenever its result does.
 *
 * What is given as `before` is what was given as `after` last: a result is a function of the accumulator. A
 * result that stays the same gives no change; so does a list of the same elements, such as that of `top`.
 */
import type { Key } from '../../codec/index.ts'
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { MemoryCell } from '../../state/index.ts'
import {
  type AnyFold,
  type ChangesFold,
  type Counted,
  counted,
  type FoldParts,
  guardedAdd,
} from '../folds/index.ts'
import { TimelessKernel } from '../kernels/timeless-kernel.ts'
import { keyOf } from '../key-of.ts'
import type { KeyedResult } from '../running-kernel.ts'
import type { Change } from './change.ts'

/** A table of aggregates of elements, of which none goes. */
export function foldTable<In, Out>(fold: AnyFold<In, Out>): KernelFactory {
  return {
    fingerprint: `table ${fold.fingerprint}`,
    open: host => new FoldTableKernel({ fold, rowsOf: () => 1 }, host),
  }
}

/** A table of aggregates of rows that come and go: a key without rows has none. `fold` is one over changes. */
export function groupTable<In, Out>(fold: ChangesFold<In, Out>): KernelFactory {
  const parts = { fold: counted(fold), rowsOf: ([rows]: Counted) => rows }
  return {
    fingerprint: `table ${parts.fold.fingerprint}`,
    open: host => new FoldTableKernel(parts, host),
  }
}

interface FoldTableParts<In, Acc, Out> {
  readonly fold: FoldParts<In, Acc, Out>
  /** How many elements an accumulator holds; only whether there are any counts. */
  readonly rowsOf: (accumulator: Acc) => number
}

class FoldTableKernel<In, Acc, Out> extends TimelessKernel<In> {
  readonly #parts: FoldTableParts<In, Acc, Out>
  readonly #cell: MemoryCell<Acc>

  constructor(parts: FoldTableParts<In, Acc, Out>, host: KernelHost) {
    super(host)
    this.#parts = parts
    this.#cell = host.state.keyed('table', parts.fold.wire)
  }

  push(element: In, context: Context): void {
    const key = keyOf(context)
    const entry = this.#cell.get(0, key)
    const before = entry === undefined ? null : this.#rowOf(key, entry.value)
    const accumulator = this.#next(entry?.value, element, context)
    const rows = this.#parts.rowsOf(accumulator)
    const after = rows > 0 ? this.#rowOf(key, accumulator) : null
    if (entry === undefined) {
      if (rows === 0) return
      this.host.checkKey(context)
      this.#cell.create(0, key, accumulator)
    } else if (rows === 0) this.#cell.delete(entry)
    else {
      entry.value = accumulator
      this.#cell.touch(entry)
    }
    if (before === null && after === null) return
    if (before !== null && after !== null && isSame(before.value, after.value)) return
    this.host.emit({ before, after } satisfies Change<KeyedResult<Key, Out>>, context)
  }

  #next(before: Acc | undefined, element: In, place: Context): Acc {
    const { fold } = this.#parts
    if (before === undefined) return fold.add(fold.create(), element, place)
    return this.host.guarded ? guardedAdd(fold, before, { element, place }) : fold.add(before, element, place)
  }

  /** Null where it holds nothing; a result that later elements would change is copied. */
  #rowOf(key: Key, accumulator: Acc): KeyedResult<Key, Out> | null {
    const { fold, rowsOf } = this.#parts
    if (rowsOf(accumulator) <= 0) return null
    const value = fold.result(accumulator)
    return { key, value: fold.mutates ? structuredClone(value) : value }
  }
}

function isSame(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return Object.is(before, after)
  return before.length === after.length && before.every((each, place) => Object.is(each, after[place]))
}
