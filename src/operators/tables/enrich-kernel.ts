/**
 * A stream joined with a table: each element with the row that its key has when it comes.
 *
 * Changes of the table give nothing, and do not move event time. The row that an element meets depends on when
 * the two come: the as-of join is the one that does not.
 */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type MemoryCell, plainWire } from '../../state/index.ts'
import { LEFT } from '../joins/how.ts'
import { TimelessKernel } from '../kernels/timeless-kernel.ts'
import { keyOf } from '../key-of.ts'
import type { Change } from './change.ts'

/** Which elements a join with a table gives. */
export type EnrichHow = 'inner' | 'left' | 'semi' | 'anti'

/** All of them. */
export const ENRICH_HOWS: readonly EnrichHow[] = ['inner', 'left', 'semi', 'anti']

/** The kernel factory of a join with a table, which is its second input. */
export function enrichKernel(how: EnrichHow): KernelFactory {
  return {
    fingerprint: 'join table',
    details: how,
    untimed: [1],
    open: host => new EnrichKernel(how, host),
  }
}

class EnrichKernel extends TimelessKernel {
  readonly #how: EnrichHow
  readonly #rows: MemoryCell<unknown>

  constructor(how: EnrichHow, host: KernelHost) {
    super(host)
    this.#how = how
    this.#rows = host.state.keyed('rows', plainWire())
  }

  push(value: unknown, context: Context): void {
    // Which it is, its input says.
    if (context.side !== LEFT) return this.#keep(value as Change<unknown>, context)
    const key = keyOf(context)
    const row = this.#rows.get(0, key)?.value
    const hasRow = row !== undefined
    if (this.#how === 'semi' || this.#how === 'anti') {
      if (hasRow === (this.#how === 'semi')) this.host.emit(value, context)
    } else if (hasRow || this.#how === 'left') this.host.emit({ key, left: value, right: row }, context)
  }

  #keep({ after }: Change<unknown>, context: Context): void {
    const key = keyOf(context)
    const entry = this.#rows.get(0, key)
    if (entry === undefined) {
      if (after === null) return
      this.host.checkKey(context)
      this.#rows.create(0, key, after)
    } else if (after === null) this.#rows.delete(entry)
    else {
      entry.value = after
      this.#rows.touch(entry)
    }
  }
}
