/** What all cells of a process function have in common. */
import type { KernelHost } from '../../graph/index.ts'
import type { MemoryCell } from '../../state/index.ts'
import type { Call } from './call.ts'
import type { Expiries } from './expiry.ts'

/** Where cells are opened. */
export interface CellHome {
  readonly host: KernelHost
  readonly expiries: Expiries
}

/** The state of a cell for all keys. */
export interface CellStore {
  readonly name: string
  /** Whether each key has a namespace of its own; else all are in namespace 0. */
  readonly isPerKey: boolean
  readonly store: { readonly cell: MemoryCell<unknown> }
  /** Opens it for calls: what it gives stands for the key of the call. */
  open(call: Call): unknown
}
