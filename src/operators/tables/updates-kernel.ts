/** Changes of a table as its new rows. */
import type { Kernel, KernelFactory, KernelHost } from '../../graph/index.ts'
import { keyOf } from '../key-of.ts'
import type { Change } from './change.ts'

/** A key of a table, and its row after a change; null where it has none any more. */
export interface Update<K, T> {
  readonly key: K
  readonly value: T | null
}

/** The kernel factory of `updates`, which has no state. */
export function updatesKernel(): KernelFactory<Change<unknown>, Update<unknown, unknown>> {
  return { fingerprint: 'updates', open: openUpdates }
}

function openUpdates(host: KernelHost<Update<unknown, unknown>>): Kernel<Change<unknown>> {
  return {
    push: ({ after }, context) => host.emit({ key: keyOf(context), value: after }, context),
    due: () => Number.POSITIVE_INFINITY,
    advance: () => {
      // Nothing waits here.
    },
  }
}
