/**
 * Kernels whose state is one slot: for all elements of the stream, or for each key of a keyed one.
 *
 * Invariant: what a kernel changes in a slot it has touched, so that a commit writes it.
 */
import type { Context, Kernel, KernelHost } from '../../graph/index.ts'
import type { Entry, MemoryCell, Wire } from '../../state/index.ts'
import { keyOf } from '../key-of.ts'

/** The address of the only slot of an unkeyed stream. */
const ONLY_KEY = ''

/** What the slots of a kernel are made of. */
export interface SlotParts<S> {
  /** The name of its cell. */
  readonly name: string
  /** How a slot is written where state is stored. */
  readonly wire: Wire<S>
  /** Makes the state that a slot begins with. */
  readonly create: () => S
  /** Whether there is a slot for each key; whether the stream has keys, if it is not said. */
  readonly keyed?: boolean
}

/**
 * The state of a kernel: one slot for all elements, or one for each key of a keyed stream. In an app slots
 * are stored with each commit, and restored before the kernel is opened. Change `value` of a slot, then call
 * `cell.touch(slot)`: what is not touched is not written.
 *
 * ```ts
 * const sums = new Slots(host, { name: 'sum', wire: plainWire<number>(), create: () => 0 })
 * // in push:
 * const sum = sums.of(context)
 * sum.value += value
 * sums.cell.touch(sum)
 * ```
 */
export class Slots<S> {
  readonly cell: MemoryCell<S>
  readonly #host: KernelHost
  readonly #parts: SlotParts<S>
  readonly #keyed: boolean
  #only: Entry<S> | undefined

  constructor(host: KernelHost, parts: SlotParts<S>) {
    this.#host = host
    this.#parts = parts
    this.#keyed = parts.keyed ?? host.isKeyed
    this.cell = host.state.keyed(parts.name, parts.wire)
  }

  /** The slot of an element, made where there is none. */
  of(context: Context): Entry<S> {
    if (this.#only !== undefined) return this.#only
    if (this.#keyed) return this.#get(context)
    this.#only = this.cell.get(0, ONLY_KEY) ?? this.cell.create(0, ONLY_KEY, this.#parts.create())
    return this.#only
  }

  /** All slots there are, in the order in which they were made. */
  all(): Iterable<Entry<S>> {
    return [...this.cell.entries(0)]
  }

  /** Forgets a slot that holds nothing, so that keys which come no more cost nothing. */
  drop(entry: Entry<S>): void {
    if (this.#keyed) this.cell.delete(entry)
  }

  /** Makes the context that of a slot's key. */
  enter(entry: Entry<S>, context: Context): void {
    context.key = this.#keyed ? entry.key : undefined
  }

  #get(context: Context): Entry<S> {
    const key = keyOf(context)
    const entry = this.cell.get(0, key)
    if (entry !== undefined) return entry
    this.#host.checkKey(context)
    return this.cell.create(0, key, this.#parts.create())
  }
}

/** A kernel with slots that does nothing at watermarks but to end. */
export abstract class SlotKernel<S> implements Kernel {
  protected readonly host: KernelHost
  protected readonly slots: Slots<S>

  constructor(host: KernelHost, parts: SlotParts<S>) {
    this.host = host
    this.slots = new Slots(host, parts)
  }

  abstract push(value: unknown, context: Context): void

  due(): number {
    return Number.POSITIVE_INFINITY
  }

  advance(watermark: number, context: Context): void {
    if (watermark === Number.POSITIVE_INFINITY) this.end(context)
  }

  /** The input has ended: gives out what is left. */
  protected end(_context: Context): void {
    // Most have nothing left.
  }
}
