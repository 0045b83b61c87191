/** Elements with what travels with them. */
import type { Kernel, KernelFactory, KernelHost } from '../../graph/index.ts'

/** An element, and what travels with it. */
export interface WithMeta<T> {
  readonly value: T
  /** Event time, epoch milliseconds. */
  readonly time: number
  /** The key, behind a keyBy. */
  readonly key: unknown
  /** Facts beside the value, of a live stream. */
  readonly headers: Readonly<Record<string, string>>
}

/** The kernel factory of `withMeta`, which has no state. */
export function metaKernel(): KernelFactory {
  return { fingerprint: 'withMeta', readsTime: 'time', open: openMeta }
}

function openMeta(host: KernelHost): Kernel {
  return {
    push: (value, context) => {
      const { time, key, headers = {} } = context
      host.emit({ value, time, key, headers } satisfies WithMeta<unknown>, context)
    },
    due: () => Number.POSITIVE_INFINITY,
    advance: () => {
      // Nothing waits here.
    },
  }
}
