/**
 * Joins of tables with the same keys: one row per key, of the rows that both have.
 *
 * Each side's row is kept, so a change of one side gives the change of the joined row. Source: Kafka Streams'
 * joins of two `KTable`s.
 */
import type { Key } from '../../codec/index.ts'
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { type MemoryCell, plainWire } from '../../state/index.ts'
import { type Joined, LEFT } from '../joins/how.ts'
import { TimelessKernel } from '../kernels/timeless-kernel.ts'
import { keyOf } from '../key-of.ts'
import { type Change, isTouch } from './change.ts'
import { keepRow } from './keep-row.ts'

/** Which rows a join of tables gives. */
export type TableJoinHow = 'inner' | 'left' | 'right' | 'full'

/** All of them. */
export const TABLE_HOWS: readonly TableJoinHow[] = ['inner', 'left', 'right', 'full']

/** The row of a side, and its time. */
type Kept = readonly [row: unknown, time: number]

/** The kernel factory of a join of tables. */
export function tableJoin(how: TableJoinHow): KernelFactory<Change<unknown>, Change<unknown>> {
  return {
    fingerprint: `join tables ${how}`,
    readsTime: 'time',
    open: host => new TableJoinKernel(how, host),
  }
}

/** The row of a join; null where it has none. */
export function joinedRow(
  how: TableJoinHow,
  { key, left, right }: Joined<Key, unknown, unknown>,
): Joined<Key, unknown, unknown> | null {
  if (left === null && (right === null || how === 'inner' || how === 'left')) return null
  if (right === null && (how === 'inner' || how === 'right')) return null
  return { key, left: left ?? undefined, right: right ?? undefined }
}

class TableJoinKernel extends TimelessKernel<Change<unknown>, Change<unknown>> {
  readonly #how: TableJoinHow
  readonly #sides: readonly [left: MemoryCell<Kept>, right: MemoryCell<Kept>]

  constructor(how: TableJoinHow, host: KernelHost<Change<unknown>>) {
    super(host)
    this.#how = how
    this.#sides = [host.state.keyed('left', plainWire()), host.state.keyed('right', plainWire())]
  }

  push(change: Change<unknown>, context: Context): void {
    const isLeft = context.side === LEFT
    const [left, right] = this.#sides
    const key = keyOf(context)
    const kept: Kept | null = change.after === null ? null : [change.after, context.time]
    keepRow(isLeft ? left : right, kept, { host: this.host, context })
    const [other, otherTime] = (isLeft ? right : left).get(0, key)?.value ?? NOTHING
    const joined = (own: unknown): unknown =>
      joinedRow(this.#how, isLeft ? { key, left: own, right: other } : { key, left: other, right: own })
    const before = joined(change.before)
    const after = joined(change.after)
    // What leaves its table as it was passes on as such, where it met a row.
    if (before === null && after === null && (other === null || !isTouch(change))) return
    const { time } = context
    context.time = Math.max(time, otherTime)
    this.host.emit({ before, after }, context)
    context.time = time
  }
}

const NOTHING: Kept = [null, Number.NEGATIVE_INFINITY]
