/**
 * What waits at one operator, in the order in which it came, and what of it may leave.
 *
 * Invariant: a watermark leaves when everything before it has left; and before everything behind it, unless
 * nobody below looks at watermarks. Nothing here looks at more than one place, however many there are.
 */
import type { ElementOrder, KeptContext } from '../graph/index.ts'
import type { Call } from './call.ts'
import type { Hold } from './hold.ts'
import { type Link, LinkedList } from './linked-list.ts'

/** A watermark that waits behind elements. */
export interface WaitingMark {
  readonly kind: 'mark'
  watermark: number
  idle: boolean
  /** Keeps whoever waits for the end waiting, where the mark is that of the end. */
  hold: Hold | undefined
  hasLeft: boolean
  /** What is settled behind this one, before the next, and may leave after it. */
  readonly settled: WaitingElement[]
}

/** An element in flight. */
export interface WaitingElement {
  readonly kind: 'element'
  readonly value: unknown
  readonly context: KeptContext
  /** Keeps its root element unfinished, where somebody waits for that. */
  readonly hold: Hold | undefined
  /** Its place among those whose emitters wait for room. */
  heldBack: Link<WaitingElement> | undefined
  state: 'ready' | 'running' | 'settled' | 'failed' | 'delayed'
  result: unknown
  attempts: number
  retryAt: number
  /** The call under way. */
  call: Call | undefined
  place: Link<WaitingItem> | undefined
  /** The watermark that it must not overtake. */
  behind: WaitingMark | undefined
}

/** What waits. */
export type WaitingItem = WaitingMark | WaitingElement

/** The line before one operator. */
export class WaitingLine {
  readonly #order: ElementOrder
  readonly #items = new LinkedList<WaitingItem>()
  /** Settled elements with no watermark before them; where all leave in their order, the first one says it. */
  readonly #leaving = new LinkedList<WaitingElement>()
  #newestMark: WaitingMark | undefined
  /** Where elements may overtake watermarks: the newest, which leaves when no element is left. */
  #lastMark: WaitingMark | undefined
  readonly #fences: boolean
  #elements = 0

  /** `fences`: whether no element may overtake a watermark before it. */
  constructor(order: ElementOrder, { fences }: { readonly fences: boolean }) {
    this.#order = order
    this.#fences = fences
  }

  /** Whether nothing waits, neither elements nor watermarks. */
  get isEmpty(): boolean {
    return this.#items.isEmpty && this.#lastMark === undefined
  }

  /** How many elements there are. */
  get size(): number {
    return this.#elements
  }

  /** Whether `take` has something to give. */
  get canLeave(): boolean {
    const { first } = this.#items
    if (first === undefined) return this.#lastMark !== undefined
    if (first.kind === 'mark') return true
    return this.#order === 'all' ? isSettled(first) : !this.#leaving.isEmpty
  }

  add(element: WaitingElement): void {
    element.behind = this.#newestMark
    element.place = this.#items.append(element)
    this.#elements++
  }

  /** Adds a watermark, or makes the last one, with nothing between, say this. */
  addMark(watermark: number, idle: boolean, holdForEnd: () => Hold | undefined): void {
    const last = this.#fences ? this.#items.last : this.#lastMark
    if (last?.kind === 'mark') {
      last.watermark = watermark
      last.idle = idle
      last.hold ??= holdForEnd()
      return
    }
    const hold = holdForEnd()
    const mark: WaitingMark = { kind: 'mark', watermark, idle, hold, hasLeft: false, settled: [] }
    if (this.#fences) {
      this.#newestMark = mark
      this.#items.append(mark)
    } else this.#lastMark = mark
  }

  /** The element is done: it may leave when its order allows it. */
  settled(element: WaitingElement): void {
    if (this.#order === 'all') return
    const { behind } = element
    if (behind === undefined || behind.hasLeft) this.#leaving.append(element)
    else behind.settled.push(element)
  }

  /** Takes out what may leave next. */
  take(): WaitingItem | undefined {
    if (!this.canLeave) return undefined
    const { first } = this.#items
    if (first === undefined) {
      const mark = this.#lastMark
      this.#lastMark = undefined
      return mark
    }
    if (first.kind === 'mark') {
      this.#items.takeFirst()
      first.hasLeft = true
      if (this.#newestMark === first) this.#newestMark = undefined
      for (const element of first.settled) this.#leaving.append(element)
      return first
    }
    const element = this.#order === 'all' ? first : this.#leaving.takeFirst()
    if (element?.place === undefined) return undefined
    this.#items.remove(element.place)
    element.place = undefined
    this.#elements--
    return element
  }

  /** Drops everything. */
  clear(): void {
    this.#items.clear()
    this.#leaving.clear()
    this.#newestMark = undefined
    this.#lastMark = undefined
    this.#elements = 0
  }

  /** The elements, in the order in which they came. */
  *elements(): Generator<WaitingElement> {
    for (const item of this.#items) if (item.kind === 'element') yield item
  }
}

/** Whether an element is done, well or not. */
function isSettled(element: WaitingElement): boolean {
  return element.state === 'settled' || element.state === 'failed'
}
