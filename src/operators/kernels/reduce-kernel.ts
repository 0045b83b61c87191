/** One result of all elements, at the end of the input. */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { SlotKernel } from './slot-kernel.ts'
import { applyStamp, newStamp, type Stamp, stamp, stampFromState, stampToState } from './stamp.ts'

/** How elements are combined. */
export interface ReduceLogic {
  readonly combine: (state: unknown, value: unknown) => unknown
  /** The state before the first element; undefined: that element is the state. */
  readonly start: (() => unknown) | undefined
}

interface ReduceSlot {
  started: boolean
  state: unknown
  readonly stamp: Stamp
}

/** The kernel factory of a reduction of the whole input. */
export function reduceKernel(logic: ReduceLogic, keyed: boolean): KernelFactory {
  return { fingerprint: 'reduce', open: host => new ReduceKernel(logic, host, keyed) }
}

class ReduceKernel extends SlotKernel<ReduceSlot> {
  readonly #logic: ReduceLogic
  readonly #keyed: boolean

  constructor(logic: ReduceLogic, host: KernelHost, keyed: boolean) {
    const create = (): ReduceSlot => ({
      started: logic.start !== undefined,
      state: logic.start?.(),
      stamp: newStamp(),
    })
    super(host, { name: 'reduced', keyed, wire: REDUCE_WIRE, create })
    this.#logic = logic
    this.#keyed = keyed
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const slot = entry.value
    const before = this.host.guarded ? structuredClone(slot.state) : slot.state
    slot.state = slot.started ? this.#logic.combine(before, value) : value
    slot.started = true
    stamp(slot.stamp, context)
    this.slots.cell.touch(entry)
  }

  protected override end(context: Context): void {
    if (this.#logic.start !== undefined && !this.#keyed) this.slots.of(context)
    for (const entry of this.slots.all()) {
      if (!entry.value.started) continue
      applyStamp(entry.value.stamp, context)
      this.slots.enter(entry, context)
      this.host.emit(entry.value.state, context)
    }
  }
}

const REDUCE_WIRE: Wire<ReduceSlot> = {
  encode: ({ started, state, stamp: times }) => [started, state, stampToState(times)],
  decode: given => {
    const [started, state, times] = given as readonly [boolean, unknown, readonly number[]]
    return { started, state, stamp: stampFromState(times) }
  },
}
