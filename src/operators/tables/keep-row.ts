/** Rows of keys, of which each has one or none. */
import type { Context, KernelHost } from '../../graph/index.ts'
import type { MemoryCell } from '../../state/index.ts'
import { keyOf } from '../key-of.ts'

/** Makes this the row of the key that the context names; null: it has none any more. */
export function keepRow<V>(
  cell: MemoryCell<V>,
  row: V | null,
  { host, context }: { readonly host: Pick<KernelHost, 'checkKey'>; readonly context: Context },
): void {
  const key = keyOf(context)
  const entry = cell.get(0, key)
  if (entry === undefined) {
    if (row === null) return
    host.checkKey(context)
    cell.create(0, key, row)
  } else if (row === null) cell.delete(entry)
  else {
    entry.value = row
    cell.touch(entry)
  }
}
