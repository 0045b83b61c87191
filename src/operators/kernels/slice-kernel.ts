/** Some of the elements by their number. Source: streamz's `slice`, its steps counted from the start. */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import { plainWire } from '../../state/index.ts'
import { SlotKernel } from './slot-kernel.ts'

/** Which numbers are given out: `start`, `start + step`, … below `end`. */
export interface SliceRange {
  readonly start: number
  readonly end: number
  readonly step: number
  /** Whether the stream ends behind the last one; else it just gives no more. */
  readonly ends: boolean
}

/** The kernel factory of a slice. */
export function sliceKernel(range: SliceRange, keyed: boolean): KernelFactory {
  const { start, end, step } = range
  return {
    fingerprint: `slice ${start} ${end} ${step}`,
    open: host => new SliceKernel(range, host, keyed),
  }
}

class SliceKernel extends SlotKernel<{ next: number }> {
  readonly #range: SliceRange
  readonly #completes: boolean

  constructor(range: SliceRange, host: KernelHost, keyed: boolean) {
    super(host, { name: 'slice', keyed, wire: plainWire(), create: () => ({ next: 0 }) })
    this.#range = range
    this.#completes = range.ends && !keyed
    if (range.end <= range.start && this.#completes) host.complete()
  }

  push(value: unknown, context: Context): void {
    const { start, end, step } = this.#range
    const entry = this.slots.of(context)
    const number = entry.value.next
    if (number >= end) return
    entry.value.next++
    this.slots.cell.touch(entry)
    if (number >= start && (number - start) % step === 0) this.host.emit(value, context)
    if (number + 1 >= end && this.#completes) this.host.complete()
  }
}
