/**
 * Several streams into one: `zip`, `combineLatest`, `zipLatest`. Sources: streamz's operators of these
 * names; like there, an input that is connected later is required from then on.
 */
import {
  type Context,
  type HeldBack,
  type KernelFactory,
  type KernelHost,
  type Refs,
  retainRefs,
} from '../../graph/index.ts'
import type { Wire } from '../../state/index.ts'
import { joinRefs } from './kept-refs.ts'
import { plainWire, SlotKernel } from './slot-kernel.ts'

/** What a row is made of: an input, or a constant. */
export type RowPart = { readonly kind: 'input' } | { readonly kind: 'constant'; readonly value: unknown }

interface Kept {
  readonly value: unknown
  readonly refs: Refs | undefined
  heldBack?: HeldBack | undefined
}

/** What waits of each input, the oldest first. */
type Queues = Kept[][]

const QUEUES_WIRE: Wire<Queues> = {
  encode: queues => queues.map(queue => queue.map(({ value }) => value)),
  decode: given => stored.decode(given).map(queue => queue.map(value => ({ value, refs: undefined }))),
}

const stored: Wire<readonly (readonly unknown[])[]> = plainWire()

/** A kernel with a queue for each input. */
abstract class JoinKernel extends SlotKernel<Queues> {
  constructor(name: string, host: KernelHost, keyed: boolean) {
    const create = (): Queues => Array.from({ length: host.inputs }, () => [])
    super(host, { name, keyed, wire: QUEUES_WIRE, create })
  }

  rewire(former: readonly number[]): void {
    for (const entry of this.slots.all()) {
      const before = entry.value
      entry.value = former.map(number => before[number] ?? [])
      for (const [number, queue] of before.entries()) {
        if (!former.includes(number)) for (const kept of queue) this.letGo(kept)
      }
    }
    this.rewired(former)
  }

  /** What depends on the numbers of inputs has to be found anew. */
  protected rewired(_former: readonly number[]): void {
    // Most depend on nothing.
  }

  protected keep(value: unknown, context: Context): Kept {
    retainRefs(context.refs)
    return { value, refs: context.refs }
  }

  protected letGo(kept: Kept): void {
    this.host.release(kept.refs)
    kept.heldBack?.release()
    kept.heldBack = undefined
  }

  protected emitRow(row: readonly unknown[], parts: readonly Kept[], context: Context): void {
    const above = context.refs
    context.refs = joinRefs(parts.map(part => part.refs))
    this.host.emit(row, context)
    context.refs = above
  }

  /** At the end nothing can be completed any more. */
  protected override end(): void {
    for (const entry of this.slots.all()) {
      for (const queue of entry.value) for (const kept of queue) this.letGo(kept)
      if (this.host.isLive) entry.value = entry.value.map(() => [])
    }
  }
}

/** How rows are made. */
export interface ZipRules {
  readonly parts: readonly RowPart[]
  /** How many elements of one input may wait before its producers do; in an app they are state. */
  readonly maxSize: number
}

/** The kernel factory of `zip`: the first elements of all inputs, the second ones, … */
export function zipKernel(rules: ZipRules, keyed: boolean): KernelFactory {
  return { fingerprint: 'zip', open: host => new ZipKernel(rules, host, keyed) }
}

class ZipKernel extends JoinKernel {
  #parts: readonly RowPart[]
  readonly #maxSize: number

  constructor({ parts, maxSize }: ZipRules, host: KernelHost, keyed: boolean) {
    super('zip', host, keyed)
    this.#parts = parts
    this.#maxSize = maxSize
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const queues = entry.value
    const queue = queues[context.side] as Kept[]
    const kept = this.keep(value, context)
    queue.push(kept)
    this.slots.cell.touch(entry)
    if (queues.every(each => each.length > 0)) this.#match(queues, context)
    else if (this.host.isLive && queue.length > this.#maxSize) kept.heldBack = this.host.holdBack()
  }

  protected override rewired(former: readonly number[]): void {
    const constants = this.#parts.filter(part => part.kind === 'constant')
    if (constants.length === 0) this.#parts = former.map(() => ({ kind: 'input' }))
    else this.#parts = fitParts(this.#parts, former.length)
  }

  #match(queues: Queues, context: Context): void {
    const first = queues.map(queue => queue.shift() as Kept)
    // One match makes room for whoever waits longest.
    for (const queue of queues) {
      const freed = queue[this.#maxSize - 1]
      freed?.heldBack?.release()
      if (freed !== undefined) freed.heldBack = undefined
    }
    let number = 0
    const row = this.#parts.map(part => (part.kind === 'constant' ? part.value : first[number++]?.value))
    this.emitRow(row, first, context)
    for (const kept of first) this.letGo(kept)
  }
}

/** Parts for another number of inputs: added ones come last, removed ones go from the end. */
function fitParts(parts: readonly RowPart[], inputs: number): readonly RowPart[] {
  const fitted: RowPart[] = []
  let left = inputs
  for (const part of parts) {
    if (part.kind === 'input' && left-- <= 0) continue
    fitted.push(part)
  }
  while (left-- > 0) fitted.push({ kind: 'input' })
  return fitted
}

/** The kernel factory of `combineLatest`: the newest elements of all inputs, when one of `emitOn` (empty: any) has a new one. */
export function combineLatestKernel(emitOn: readonly number[], keyed: boolean): KernelFactory {
  return {
    fingerprint: 'combineLatest',
    open: host => new CombineLatestKernel(emitOn, host, keyed),
  }
}

class CombineLatestKernel extends JoinKernel {
  #emitOn: readonly number[]

  constructor(emitOn: readonly number[], host: KernelHost, keyed: boolean) {
    super('latest', host, keyed)
    this.#emitOn = emitOn
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const queues = entry.value
    const [before] = queues[context.side] ?? []
    queues[context.side] = [this.keep(value, context)]
    this.slots.cell.touch(entry)
    if (before !== undefined) this.letGo(before)
    const emits = this.#emitOn.length === 0 || this.#emitOn.includes(context.side)
    if (!emits || queues.some(queue => queue.length === 0)) return
    const newest = queues.flat()
    const row = newest.map(kept => kept.value)
    this.emitRow(row, newest, context)
  }

  protected override rewired(former: readonly number[]): void {
    if (this.#emitOn.length === 0) return
    this.#emitOn = former.flatMap((number, now) => (this.#emitOn.includes(number) ? [now] : []))
  }
}

/** The kernel factory of `zipLatest`: every element of the first input, with the newest of the others. */
export function zipLatestKernel(keyed: boolean): KernelFactory {
  return { fingerprint: 'zipLatest', open: host => new ZipLatestKernel('zipLatest', host, keyed) }
}

class ZipLatestKernel extends JoinKernel {
  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const queues = entry.value
    this.slots.cell.touch(entry)
    if (context.side === 0) queues[0]?.push(this.keep(value, context))
    else {
      const [before] = queues[context.side] ?? []
      queues[context.side] = [this.keep(value, context)]
      if (before !== undefined) this.letGo(before)
    }
    const [lossless = [], ...others] = queues
    if (others.some(queue => queue.length === 0)) return
    const newest = others.flat()
    const latest = newest.map(kept => kept.value)
    for (let next = lossless.shift(); next !== undefined; next = lossless.shift()) {
      this.emitRow([next.value, ...latest], [next, ...newest], context)
      this.letGo(next)
    }
  }
}
