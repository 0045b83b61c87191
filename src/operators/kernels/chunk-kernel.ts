/**
 * Arrays of n elements, or of what came within a time. Source: streamz's `partition`: the time runs
 * from the first element of a chunk, for each key apart, and a full chunk ends it.
 */
import type { Context, KernelFactory, KernelHost } from '../../graph/index.ts'
import type { Entry, Wire } from '../../state/index.ts'
import { plainWire } from '../../state/index.ts'
import { KeptRefs } from './kept-refs.ts'
import { SlotKernel } from './slot-kernel.ts'
import { applyStamp, newStamp, type Stamp, stamp, stampFromState, stampToState } from './stamp.ts'

/** When a chunk is full, or over. */
export interface ChunkRules {
  readonly size: number
  /** How long its first element may wait, processing time; undefined: for ever. */
  readonly timeoutMs: number | undefined
}

interface ChunkSlot {
  items: unknown[]
  readonly refs: KeptRefs
  readonly stamp: Stamp
  /** When it is given out as it is. */
  deadline: number
}

interface Timed {
  readonly entry: Entry<ChunkSlot>
  readonly deadline: number
}

/** So few are not worth looking for. */
const MANY_OVERTAKEN = 64

/** The kernel factory of chunks. */
export function chunkKernel(rules: ChunkRules, keyed: boolean): KernelFactory {
  return { fingerprint: `chunk ${rules.size}`, open: host => new ChunkKernel(rules, host, keyed) }
}

class ChunkKernel extends SlotKernel<ChunkSlot> {
  readonly #rules: ChunkRules
  /** Chunks in the order of their deadlines; one that was filled meanwhile has another. */
  #timed: Timed[] = []
  /** How many of them were filled. */
  #overtaken = 0

  constructor(rules: ChunkRules, host: KernelHost, keyed: boolean) {
    super(host, { name: 'chunks', keyed, wire: CHUNK_WIRE, create: newSlot })
    this.#rules = rules
    for (const entry of this.slots.all()) {
      if (entry.value.deadline < Number.POSITIVE_INFINITY) {
        this.#timed.push({ entry, deadline: entry.value.deadline })
      }
    }
    this.#timed.sort((a, b) => a.deadline - b.deadline)
    this.#setAlarm()
  }

  push(value: unknown, context: Context): void {
    const entry = this.slots.of(context)
    const slot = entry.value
    slot.refs.push(context, slot.items.length)
    slot.items.push(value)
    stamp(slot.stamp, context)
    this.slots.cell.touch(entry)
    if (slot.items.length >= this.#rules.size) this.#give(entry, context)
    else if (slot.items.length === 1) this.#startTimer(entry)
  }

  alarm(now: number, context: Context): void {
    for (let first = this.#timed[0]; first !== undefined && first.deadline <= now; first = this.#timed[0]) {
      this.#timed.shift()
      if (isRunning(first)) {
        first.entry.value.deadline = Number.POSITIVE_INFINITY
        this.#giveLate(first.entry, context)
      } else this.#overtaken--
    }
    this.#setAlarm()
  }

  protected override end(context: Context): void {
    for (const entry of this.slots.all()) if (entry.value.items.length > 0) this.#giveLate(entry, context)
    this.#forgetOvertaken()
  }

  #giveLate(entry: Entry<ChunkSlot>, context: Context): void {
    applyStamp(entry.value.stamp, context)
    this.slots.enter(entry, context)
    this.#give(entry, context)
  }

  #give(entry: Entry<ChunkSlot>, context: Context): void {
    const slot = entry.value
    const { items } = slot
    const refs = slot.refs.take()
    slot.items = []
    if (slot.deadline < Number.POSITIVE_INFINITY) this.#overtaken++
    slot.deadline = Number.POSITIVE_INFINITY
    this.slots.cell.touch(entry)
    this.slots.drop(entry)
    if (this.#overtaken > MANY_OVERTAKEN && this.#overtaken * 2 > this.#timed.length) this.#forgetOvertaken()
    const above = context.refs
    context.refs = refs
    this.host.emit(items, context)
    context.refs = above
    this.host.release(refs)
  }

  #startTimer(entry: Entry<ChunkSlot>): void {
    const { timeoutMs } = this.#rules
    if (timeoutMs === undefined) return
    const deadline = this.host.now() + timeoutMs
    entry.value.deadline = deadline
    const last = this.#timed.at(-1)
    if (last?.entry === entry && last.deadline === deadline) {
      this.#overtaken--
      return
    }
    this.#timed.push({ entry, deadline })
    if (this.#timed.length === 1) this.#setAlarm()
  }

  #forgetOvertaken(): void {
    this.#timed = this.#timed.filter(isRunning)
    this.#overtaken = 0
    this.#setAlarm()
  }

  #setAlarm(): void {
    this.host.alarmAt(this.#timed[0]?.deadline ?? Number.POSITIVE_INFINITY)
  }
}

/** Whether the chunk that this timer was started for still waits. */
function isRunning({ entry, deadline }: Timed): boolean {
  return entry.live && entry.value.deadline === deadline
}

function newSlot(): ChunkSlot {
  return { items: [], refs: new KeptRefs(), stamp: newStamp(), deadline: Number.POSITIVE_INFINITY }
}

const CHUNK_WIRE: Wire<ChunkSlot> = {
  encode: ({ items, stamp: times, deadline }) => ({
    items,
    stamp: stampToState(times),
    deadline: deadline === Number.POSITIVE_INFINITY ? null : deadline,
  }),
  decode: given => {
    const { items, stamp: times, deadline } = stored.decode(given)
    return {
      items: [...items],
      refs: new KeptRefs(),
      stamp: stampFromState(times),
      deadline: deadline ?? Number.POSITIVE_INFINITY,
    }
  },
}

const stored: Wire<{
  readonly items: readonly unknown[]
  readonly stamp: readonly number[]
  readonly deadline: number | null
}> = plainWire()
