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
import { keepRow } from './keep-row.ts'

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
    if (context.side !== LEFT) {
      // Which it is, its input says.
      const { after } = value as Change<unknown>
      return keepRow(this.#rows, after, { host: this.host, context })
    }
    const key = keyOf(context)
    const row = this.#rows.get(0, key)?.value
    const hasRow = row !== undefined
    if (this.#how === 'semi' || this.#how === 'anti') {
      if (hasRow === (this.#how === 'semi')) this.host.emit(value, context)
    } else if (hasRow || this.#how === 'left') this.host.emit({ key, left: value, right: row }, context)
  }
}
