/** All elements until somebody asks for them. Source: streamz's `collect`. */
import type { Context, KernelFactory } from '../../graph/index.ts'
import { plainWire } from '../../state/index.ts'
import { KeptRefs } from './kept-refs.ts'
import { SlotKernel } from './slot-kernel.ts'

interface CollectSlot {
  items: unknown[]
  readonly refs: KeptRefs
}

/** The kernel factory of `collect`. */
export function collectKernel(): KernelFactory {
  return {
    fingerprint: 'collect',
    open: host =>
      new CollectKernel(host, {
        name: 'collected',
        keyed: false,
        wire: plainWire(),
        create: () => ({ items: [], refs: new KeptRefs() }),
      }),
  }
}

class CollectKernel extends SlotKernel<CollectSlot> {
  push(value: unknown, context: Context): void {
    const { value: slot } = this.slots.of(context)
    slot.refs.push(context, slot.items.length)
    slot.items.push(value)
  }

  flush(context: Context): void {
    const { value: slot } = this.slots.of(context)
    const { items } = slot
    const refs = slot.refs.take()
    slot.items = []
    context.refs = refs
    this.host.emit(items, context)
    context.refs = undefined
    this.host.release(refs)
  }

  protected override end(context: Context): void {
    if (this.slots.of(context).value.items.length > 0) this.flush(context)
  }
}
