/** Arrays of n elements with different keys. Source: streamz's `partition_unique`. */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { identityOf } from '../identity.ts'
import { KeptMap, keptMapWire } from './kept-map.ts'
import { SlotKernel } from './slot-kernel.ts'

/** Which elements of a chunk are the same, and which of them stays. */
export interface UniqueRules {
  readonly keyOf: (value: unknown) => unknown
  readonly keep: 'first' | 'last'
}

/** The kernel factory of chunks of `size` different elements. */
export function uniqueChunkKernel(size: number, rules: UniqueRules, keyed: boolean): KernelFactory {
  return {
    fingerprint: `chunkUnique ${size} ${rules.keep}`,
    open: host => new UniqueChunkKernel(size, rules, { host, keyed }),
  }
}

class UniqueChunkKernel extends SlotKernel<KeptMap> {
  readonly #size: number
  readonly #rules: UniqueRules

  constructor(size: number, rules: UniqueRules, { host, keyed }: { host: KernelHost; keyed: boolean }) {
    super(host, { name: 'chunks', keyed, wire: keptMapWire(rules.keyOf), create: () => new KeptMap() })
    this.#size = size
    this.#rules = rules
  }

  push(value: unknown, context: Context): void {
    const key = identityOf(this.#rules.keyOf(value))
    const entry = this.slots.of(context)
    const kept = entry.value
    const replaced = kept.put(key, value, { context, keep: this.#rules.keep })
    this.slots.cell.touch(entry)
    this.host.release(replaced)
    if (kept.size >= this.#size) {
      this.slots.drop(entry)
      kept.give(this.host, context)
    }
  }

  protected override end(context: Context): void {
    for (const entry of this.slots.all()) {
      const kept = entry.value
      if (kept.size === 0) continue
      kept.enter(context)
      this.slots.enter(entry, context)
      this.slots.cell.touch(entry)
      this.slots.drop(entry)
      kept.give(this.host, context)
    }
  }
}
