/** Timers per key and name: state like everything else, so they outlive a restart. */
import type { Key } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'
import type { Entry, MemoryCell, Wire } from '../../state/index.ts'
import { DueHeap, type DueNode } from '../../time/index.ts'
import type { Call, Draft } from './call.ts'
import type { CellTime } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'

/** What tells timers of one name and key apart. */
export type TimerId = string | number

/** Timers of one name, of the key at hand: one without an id, and one for each id. */
export interface Timer {
  /** Sets the timer to this time, epoch milliseconds, in place of the time that it had. */
  set(time: number, id?: TimerId): void
  delete(id?: TimerId): void
  /** When it is due; undefined: it is not set. */
  at(id?: TimerId): number | undefined
}

/** A timer that is set. */
export class TimerNode implements DueNode {
  time: number
  at: number = Number.NaN
  readonly of: TimerStore
  readonly hasId: boolean
  entry: Entry<TimerNode> | undefined

  constructor(of: TimerStore, time: number, hasId: boolean) {
    this.of = of
    this.time = time
    this.hasId = hasId
  }

  get key(): Key {
    const { entry } = this
    if (entry === undefined) return ''
    return this.hasId ? entry.space.id : entry.key
  }

  get id(): TimerId | undefined {
    // Only ids are keys there.
    return this.hasId ? (this.entry?.key as TimerId | undefined) : undefined
  }
}

/** Timers of one time, the earliest first: of those due together by name, then by id. */
export function timerHeap(): DueHeap<TimerNode> {
  return new DueHeap(compareTimers)
}

const MAX_TIME = 2 ** 51
/** The namespace of the timers without an id. */
const SINGLE = 0

/** All timers of a name. */
export class TimerStore implements CellStore {
  readonly name: string
  readonly isPerKey = false
  readonly time: CellTime
  readonly store: { readonly cell: MemoryCell<TimerNode> }
  /** Those with an id: a namespace for each key. */
  readonly many: MemoryCell<TimerNode>
  readonly #heap: DueHeap<TimerNode>

  constructor(
    name: string,
    {
      time,
      heap,
      home,
    }: { readonly time: CellTime; readonly heap: DueHeap<TimerNode>; readonly home: CellHome },
  ) {
    this.name = name
    this.time = time
    this.#heap = heap
    const wire = (hasId: boolean): Wire<TimerNode> => ({
      encode: node => node.time,
      decode: at => new TimerNode(this, at as number, hasId),
    })
    this.store = { cell: home.host.state.keyed(`timer ${name}`, wire(false)) }
    this.many = home.host.state.keyed(`timers ${name}`, wire(true))
    for (const cell of [this.store.cell, this.many])
      for (const namespace of cell.namespaces())
        for (const entry of cell.entries(namespace)) this.#settle(entry)
  }

  open(call: Call): Timer {
    return new TimerHandle(this, call)
  }

  find(key: Key, id: TimerId | undefined): TimerNode | undefined {
    return (id === undefined ? this.store.cell.get(SINGLE, key) : this.many.get(key, id))?.value
  }

  set(id: TimerId | undefined, time: number, call: Call): void {
    const { key } = call
    const node = this.find(key, id)
    if (node?.entry === undefined) {
      call.checkKey()
      const added = new TimerNode(this, time, id !== undefined)
      const entry =
        id === undefined ? this.store.cell.create(SINGLE, key, added) : this.many.create(key, id, added)
      this.#settle(entry)
      return
    }
    node.time = time
    this.#cellOf(id !== undefined).touch(node.entry)
    this.#heap.moved(node)
  }

  /** The timer is due: it is gone for the call that hears of it. */
  take(node: TimerNode, call: Call, timer: unknown): void {
    if (!call.isDraft) return this.delete(node)
    if (timer instanceof TimerHandle) timer.delete(node.id)
  }

  delete(node: TimerNode): void {
    this.#heap.remove(node)
    if (node.entry !== undefined) this.#cellOf(node.hasId).delete(node.entry)
  }

  #cellOf(hasId: boolean): MemoryCell<TimerNode> {
    return hasId ? this.many : this.store.cell
  }

  #settle(entry: Entry<TimerNode>): void {
    entry.value.entry = entry
    this.#heap.add(entry.value)
  }
}

class TimerHandle implements Timer, Draft {
  readonly #of: TimerStore
  readonly #call: Call
  /** By id; the time that was set, undefined: deleted. */
  #draft: Map<TimerId | undefined, number | undefined> | undefined

  constructor(of: TimerStore, call: Call) {
    this.#of = of
    this.#call = call
  }

  set(given: number, id?: TimerId): void {
    const call = this.#call
    call.check()
    const time = this.#timeOf(given)
    if (id !== undefined) this.#checkId(id)
    if (call.isDraft) this.#note(id, time)
    else this.#of.set(id, time, call)
  }

  delete(id?: TimerId): void {
    const call = this.#call
    call.check()
    if (call.isDraft) return this.#note(id, undefined)
    const node = this.#of.find(call.key, id)
    if (node !== undefined) this.#of.delete(node)
  }

  at(id?: TimerId): number | undefined {
    const call = this.#call
    call.check()
    if (this.#draft?.has(id) === true) return this.#draft.get(id)
    return this.#of.find(call.key, id)?.time
  }

  apply(): void {
    const call = this.#call
    for (const [id, time] of this.#draft ?? []) {
      if (time !== undefined) this.#of.set(id, time, call)
      else {
        const node = this.#of.find(call.key, id)
        if (node !== undefined) this.#of.delete(node)
      }
    }
    this.forget()
  }

  forget(): void {
    this.#draft = undefined
  }

  #note(id: TimerId | undefined, time: number | undefined): void {
    if (this.#draft === undefined) {
      this.#draft = new Map()
      this.#call.wrote(this)
    }
    this.#draft.set(id, time)
  }

  #timeOf(given: number): number {
    // Never too early: fractions are rounded up.
    const time = typeof given === 'number' ? Math.ceil(given) : Number.NaN
    if (Math.abs(time) <= MAX_TIME) return time
    throw new StepError(
      'TIME_INVALID',
      `timer "${this.#of.name}" was set to ${describeValue(given)}; expected epoch milliseconds`,
    )
  }

  #checkId(id: unknown): void {
    if (typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id))) return
    throw new StepError(
      'STEP_FAILED',
      `timer "${this.#of.name}" was set with the id ${describeValue(id)}; expected a string or a finite number`,
    )
  }
}

function compareTimers(left: TimerNode, right: TimerNode): number {
  if (left.of !== right.of) return left.of.name < right.of.name ? -1 : 1
  const { id: leftId } = left
  const { id: rightId } = right
  if (leftId === rightId) return 0
  if (leftId === undefined) return -1
  if (rightId === undefined) return 1
  if (typeof leftId !== typeof rightId) return typeof leftId === 'number' ? -1 : 1
  return leftId < rightId ? -1 : 1
}
