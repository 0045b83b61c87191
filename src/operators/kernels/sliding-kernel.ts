/** The last n elements, for each element. Source: streamz's `sliding_window`. */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { KeptRefs } from './kept-refs.ts'
import { SlotKernel } from './slot-kernel.ts'

/** How many elements a window has, and whether the first ones may have fewer. */
export interface SlidingRules {
  readonly size: number
  readonly partial: boolean
}

interface SlidingSlot {
  readonly items: unknown[]
  readonly refs: KeptRefs
}

/** The kernel factory of sliding windows of elements. */
export function slidingKernel(rules: SlidingRules, keyed: boolean): KernelFactory {
  return {
    fingerprint: `slidingWindow ${rules.size}`,
    open: host => new SlidingKernel(rules, host, keyed),
  }
}

class SlidingKernel extends SlotKernel<SlidingSlot> {
  readonly #size: number
  readonly #partial: boolean

  constructor({ size, partial }: SlidingRules, host: KernelHost, keyed: boolean) {
    super(host, { name: 'window', keyed, wire: SLIDING_WIRE, create: () => newSlot([]) })
    this.#size = size
    this.#partial = partial
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const { items, refs } = entry.value
    refs.push(context, items.length)
    items.push(value)
    this.slots.cell.touch(entry)
    const isFull = items.length === this.#size
    if (!(isFull || this.#partial)) return
    const above = context.refs
    context.refs = refs.all()
    const window = items.slice()
    // The next window begins with the second element: what follows the emission may come back here.
    const leaving = isFull ? refs.shift() : undefined
    if (isFull) items.shift()
    this.host.emit(window, context)
    context.refs = above
    this.host.release(leaving)
  }

  protected override end(): void {
    for (const entry of this.slots.all()) this.host.release(entry.value.refs.take())
  }
}

function newSlot(items: readonly unknown[]): SlidingSlot {
  return { items: [...items], refs: new KeptRefs() }
}

const SLIDING_WIRE: Wire<SlidingSlot> = {
  encode: ({ items }) => items,
  decode: items => newSlot(items as readonly unknown[]),
}
