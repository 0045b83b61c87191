/**
 * Elements that have not been seen before. With a limit, those seen least recently are forgotten; a
 * repeat counts as seen. Source: streamz's `unique`.
 */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { identityOf } from '../identity.ts'
import { SlotKernel } from './slot-kernel.ts'

/** What is the same, and how much is remembered. */
export interface UniqueHistory {
  readonly keyOf: (value: unknown) => unknown
  /** How many different elements are remembered; +∞: all. */
  readonly max: number
}

/** The kernel factory of `unique`. */
export function uniqueKernel(history: UniqueHistory, keyed: boolean): KernelFactory {
  return {
    fingerprint: `unique ${history.max}`,
    open: host => new UniqueKernel(history, host, keyed),
  }
}

class UniqueKernel extends SlotKernel<Set<unknown>> {
  readonly #keyOf: (value: unknown) => unknown
  readonly #max: number

  constructor({ keyOf, max }: UniqueHistory, host: KernelHost, keyed: boolean) {
    super(host, { name: 'seen', keyed, wire: SEEN_WIRE, create: () => new Set() })
    this.#keyOf = keyOf
    this.#max = max
  }

  push(value: unknown, context: Context): void {
    const key = identityOf(this.#keyOf(value))
    const entry = this.slots.of(context)
    const seen = entry.value
    const isNew = !seen.has(key)
    if (!isNew && this.#max === Number.POSITIVE_INFINITY) return
    seen.delete(key)
    seen.add(key)
    if (seen.size > this.#max) seen.delete(seen.values().next().value)
    this.slots.cell.touch(entry)
    if (isNew) this.host.emit(value, context)
  }
}

const SEEN_WIRE: Wire<Set<unknown>> = {
  encode: seen => [...seen],
  decode: seen => new Set(seen as readonly unknown[]),
}
