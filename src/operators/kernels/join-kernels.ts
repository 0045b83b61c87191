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
import { plainWire } from '../../state/index.ts'
import { joinRefs } from './kept-refs.ts'
import { SlotKernel } from './slot-kernel.ts'

/** What a row is made of: an input, or a constant. */
export type RowPart = { readonly kind: 'input' } | { readonly kind: 'constant'; readonly value: unknown }

interface Kept {
  value: unknown
  refs: Refs | undefined
  heldBack: HeldBack | undefined
}

/** What waits of each input, the oldest first. */
type Queues = Kept[][]

const QUEUES_WIRE: Wire<Queues> = {
  encode: queues => queues.map(queue => queue.map(({ value }) => value)),
  decode: given => stored.decode(given).map(queue => queue.map(value => keptOf(value, undefined))),
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
    return keptOf(value, context.refs)
  }

  /** Makes this the only element that is kept of an input. */
  protected replace(queue: Kept[], value: unknown, context: Context): void {
    const kept = queue[0]
    if (kept === undefined) {
      queue.push(this.keep(value, context))
      return
    }
    const before = kept.refs
    retainRefs(context.refs)
    kept.value = value
    kept.refs = context.refs
    if (before !== undefined) this.host.release(before)
  }

  protected letGo(kept: Kept): void {
    if (kept.refs !== undefined) this.host.release(kept.refs)
    kept.heldBack?.release()
    kept.heldBack = undefined
  }

  /** Gives out a row with the counters of the elements in it. */
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
  return { fingerprint: `zip of ${rules.parts.length}`, open: host => new ZipKernel(rules, host, keyed) }
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
    const queue = queues[context.side] ?? []
    this.slots.cell.touch(entry)
    if (completes(queues, context.side)) return this.#match(queues, value, context)
    const kept = this.keep(value, context)
    queue.push(kept)
    if (this.host.isLive && queue.length > this.#maxSize) kept.heldBack = this.host.holdBack()
  }

  protected override rewired(former: readonly number[]): void {
    const constants = this.#parts.filter(part => part.kind === 'constant')
    if (constants.length === 0) this.#parts = former.map(() => ({ kind: 'input' }))
    else this.#parts = fitParts(this.#parts, former.length)
  }

  /** An element completes a row: the others wait, and it is the first of its input. */
  #match(queues: Queues, value: unknown, context: Context): void {
    const { side, refs: above } = context
    const row = new Array<unknown>(this.#parts.length)
    let refs = above
    let number = 0
    for (let place = 0; place < row.length; place++) {
      const part = this.#parts[place]
      if (part?.kind === 'constant') row[place] = part.value
      else if (number === side) {
        row[place] = value
        number++
      } else {
        const kept = this.#take(queues[number] ?? [])
        row[place] = kept?.value
        if (kept?.refs !== undefined)
          refs =
            number < side || refs === undefined ? [...kept.refs, ...(refs ?? [])] : [...refs, ...kept.refs]
        number++
      }
    }
    context.refs = refs
    this.host.emit(row, context)
    context.refs = above
    if (refs !== above) this.host.release(refs?.filter(ref => above?.includes(ref) !== true))
  }

  #take(queue: Kept[]): Kept | undefined {
    const kept = queue.shift()
    kept?.heldBack?.release()
    // One match makes room for whoever waits longest.
    const freed = queue[this.#maxSize - 1]
    if (freed?.heldBack !== undefined) {
      freed.heldBack.release()
      freed.heldBack = undefined
    }
    return kept
  }
}

/** Whether all inputs but this one have elements that wait, and it has none. */
function completes(queues: Queues, side: number): boolean {
  for (let number = 0; number < queues.length; number++) {
    if ((queues[number]?.length === 0) !== (number === side)) return false
  }
  return true
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

/** Of how many inputs rows are made, and which of them give one. */
export interface LatestRules {
  readonly inputs: number
  readonly emitOn: readonly number[]
}

/** The kernel factory of `combineLatest`: the newest elements of all inputs, when one of `emitOn` (empty: any) has a new one. */
export function combineLatestKernel(rules: LatestRules, keyed: boolean): KernelFactory {
  const { inputs, emitOn } = rules
  return {
    fingerprint: `combineLatest of ${inputs}`,
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
    this.replace(queues[context.side] ?? [], value, context)
    this.slots.cell.touch(entry)
    const emits = this.#emitOn.length === 0 || this.#emitOn.includes(context.side)
    if (!(emits && haveAll(queues, 0))) return
    // Made as long as it gets: an array that grows takes room for sixteen.
    const row = new Array<unknown>(queues.length)
    let hasRefs = false
    for (let number = 0; number < queues.length; number++) {
      const kept = queues[number]?.[0]
      row[number] = kept?.value
      hasRefs ||= kept?.refs !== undefined
    }
    if (!hasRefs) this.host.emit(row, context)
    else this.emitRow(row, queues.flat(), context)
  }

  protected override rewired(former: readonly number[]): void {
    if (this.#emitOn.length === 0) return
    this.#emitOn = former.flatMap((number, now) => (this.#emitOn.includes(number) ? [now] : []))
  }
}

/** The kernel factory of `zipLatest`: every element of the first input, with the newest of the others. */
export function zipLatestKernel(inputs: number, keyed: boolean): KernelFactory {
  return {
    fingerprint: `zipLatest of ${inputs}`,
    open: host => new ZipLatestKernel('zipLatest', host, keyed),
  }
}

class ZipLatestKernel extends JoinKernel {
  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const queues = entry.value
    const [lossless = []] = queues
    this.slots.cell.touch(entry)
    if (context.side === 0) lossless.push(this.keep(value, context))
    else this.replace(queues[context.side] ?? [], value, context)
    if (!haveAll(queues, 1)) return
    for (let next = lossless.shift(); next !== undefined; next = lossless.shift()) {
      const parts = [next]
      for (const [kept] of queues.slice(1)) if (kept !== undefined) parts.push(kept)
      this.emitRow(
        parts.map(part => part.value),
        parts,
        context,
      )
      this.letGo(next)
    }
  }
}

function keptOf(value: unknown, refs: Refs | undefined): Kept {
  return { value, refs, heldBack: undefined }
}

/** Whether each input from a number on has something. */
function haveAll(queues: Queues, from: number): boolean {
  for (let number = from; number < queues.length; number++) if (queues[number]?.length === 0) return false
  return true
}
