/**
 * The interval join: pairs of elements of one key whose times lie close enough together.
 *
 * An element is late when its own time has been passed by its entry watermark: so whoever comes on time is
 * later than the merged watermark, and one whose last partner that watermark has passed can be let go. After
 * an idle decision or a drain more may be gone than the entry watermark says: what comes for that is late
 * too, counted apart. Which elements are late, and which pairs there are, does not depend on the order in
 * which the two streams come. With lateness, elements are kept and taken so much longer: what stands alone is
 * given as if there were none, and stays given. Source: Flink's interval join, with its outer kinds.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import { type Context, type Kernel, type KernelHost, newContext } from '../../graph/index.ts'
import { type MemoryCell, plainWire, type ValueCell } from '../../state/index.ts'
import { DueHeap, type DueNode } from '../../time/index.ts'
import { keyOf } from '../key-of.ts'
import { giveLate } from '../window/window.ts'
import { type JoinHow, LEFT } from './how.ts'
import { enterKept, type KeptElement, keepElement, keptWire } from './kept-element.ts'
import { KeptRows } from './kept-rows.ts'
import { enterPair } from './pair.ts'

/** Into how many parts the time is cut for which elements are kept. */
const GRAINS = 16

/** left.time − `beforeMs` ≤ right.time ≤ left.time + `afterMs`; one of them may be negative. */
export interface Interval {
  readonly beforeMs: number
  readonly afterMs: number
}

/** What an interval join is made of. */
export interface IntervalRules {
  readonly interval: Interval
  readonly how: JoinHow
  /** For how long late elements are taken. */
  readonly latenessMs: number
}

/** One of the two inputs. */
interface Side {
  readonly name: 'left' | 'right'
  /** Its elements, in namespaces named by their keys, each under a number. */
  readonly cell: MemoryCell<KeptElement>
  /** How much later than an element of it the last partner may be. */
  readonly reachMs: number
  /** Whether its elements come out that have no partner. */
  readonly givesAlone: boolean
}

/** What there is of one key. Its time: when the first element of it can be let go. */
interface KeyRows extends DueNode {
  readonly key: Key
  readonly left: KeptRows<KeptElement>
  readonly right: KeptRows<KeptElement>
  /** The watermark up to which what stands alone was given, where it is not let go at once. */
  aloneUpTo: number
}

/** The elements among some rows that are partners: by number, the last one excluded. */
interface Partners {
  readonly rows: KeptRows<KeptElement>
  readonly from: number
  readonly until: number
}

/** Joins elements by time. */
export class IntervalKernel implements Kernel {
  readonly lagMs: number
  readonly #host: KernelHost
  readonly #how: JoinHow
  readonly #latenessMs: number
  /** What may be let go without a row stays at most so much longer. */
  readonly #grainMs: number
  readonly #left: Side
  readonly #right: Side
  readonly #keys = new KeyMap<KeyRows>()
  readonly #due = new DueHeap<KeyRows>()
  /** The latest watermark at which an element was let go. */
  readonly #floor: ValueCell<number>
  /** What is no later than this may have had partners that are gone. */
  #passedUpTo: number
  /** The number of the next element. */
  #number = 0
  /** What describes the rows that are given. */
  readonly #row = newContext()

  constructor({ interval, how, latenessMs }: IntervalRules, host: KernelHost) {
    const { beforeMs, afterMs } = interval
    const { state } = host
    this.#host = host
    this.#how = how
    this.#latenessMs = latenessMs
    this.#grainMs = Math.max(1, Math.floor((beforeMs + afterMs + latenessMs) / GRAINS))
    this.#left = {
      name: 'left',
      cell: state.keyed('left', keptWire()),
      reachMs: afterMs,
      givesAlone: how === 'left' || how === 'full' || how === 'anti',
    }
    this.#right = {
      name: 'right',
      cell: state.keyed('right', keptWire()),
      reachMs: beforeMs,
      givesAlone: how === 'right' || how === 'full',
    }
    this.lagMs = this.#lag()
    this.#floor = state.value('floor', plainWire(), Number.NEGATIVE_INFINITY)
    this.#passedUpTo = this.#floor.get()
    this.#restore(this.#left)
    this.#restore(this.#right)
  }

  push(value: unknown, context: Context): void {
    const own = context.side === LEFT ? this.#left : this.#right
    const other = own === this.#left ? this.#right : this.#left
    const { time } = context
    const latest = time + this.#latenessMs
    if (latest <= context.entryWatermark || latest <= this.#passedUpTo) return this.#refuse(value, context)
    const key = keyOf(context)
    const known = this.#keys.get(key)
    if (known === undefined) this.#host.checkKey(context)
    const partners = known?.[other.name]
    const from = partners?.firstFrom(time - other.reachMs) ?? 0
    const until = partners?.firstAfter(time + own.reachMs) ?? 0
    const found = partners === undefined || until === from ? undefined : { rows: partners, from, until }
    const due = time + own.reachMs
    const isMatched = found !== undefined && this.#isInTime(found, due)
    const isAlone = !isMatched && due <= this.#passedUpTo
    const kept = keepElement(value, context, isMatched || isAlone)
    const isOver = due + this.#latenessMs <= this.#passedUpTo || this.#needsNobody(own, { found, isMatched })
    if (!isOver) this.#keep(known ?? this.#newRows(key), own, kept)
    this.#enter(key, context)
    if (isAlone) this.#giveAlone(own, kept)
    if (found !== undefined) this.#meet(own, kept, found)
    if (isOver) this.#host.release(kept.refs)
  }

  due(): number {
    return this.#due.firstTime()
  }

  advance(watermark: number, context: Context): void {
    const before = this.#floor.get()
    let floor = before
    for (
      let next = this.#due.firstUntil(watermark);
      next !== undefined;
      next = this.#due.firstUntil(watermark)
    ) {
      this.#enter(next.key, context)
      if (this.#latenessMs > 0) this.#giveAllAlone(next, watermark)
      floor = Math.max(floor, this.#free(next, this.#left, watermark))
      floor = Math.max(floor, this.#free(next, this.#right, watermark))
      next.time = this.#dueOf(next)
      if (next.time < Number.POSITIVE_INFINITY) continue
      this.#due.remove(next)
      this.#keys.delete(next.key)
    }
    if (floor > before) this.#floor.set(floor)
    // The end of a drained input lets go of what is there, not of what a later run may bring.
    this.#passedUpTo = Math.max(this.#passedUpTo, watermark === Number.POSITIVE_INFINITY ? floor : watermark)
  }

  /** Whether left elements come out themselves, once. */
  get #isOnce(): boolean {
    return this.#how === 'semi' || this.#how === 'anti'
  }

  /**
   * Whether one of the partners came before an element with this last moment stood alone. Its own entry watermark
   * decides, so it does not matter whether that was given already.
   */
  #isInTime({ rows, from, until }: Partners, due: number): boolean {
    if (this.#latenessMs === 0) return true
    for (let number = from; number < until; number++) {
      const partner = rows.at(number)?.value
      if (partner !== undefined && partner.entryWatermark < due) return true
    }
    return false
  }

  /** Whether nobody need come any more for an element of the left side. */
  #needsNobody(
    own: Side,
    { found, isMatched }: { found: Partners | undefined; isMatched: boolean },
  ): boolean {
    if (own !== this.#left) return false
    return this.#how === 'semi' ? found !== undefined : this.#how === 'anti' && isMatched
  }

  /** How far behind the watermark a row may be that is no pair. */
  #lag(): number {
    const left = this.#left.givesAlone || this.#how === 'semi' ? this.#left.reachMs : 0
    const right = this.#right.givesAlone ? this.#right.reachMs : 0
    return Math.max(left, right, 0)
  }

  #restore(side: Side): void {
    for (const key of side.cell.namespaces()) {
      const rows = this.#keys.get(key) ?? this.#newRows(key)
      for (const entry of side.cell.entries(key)) {
        rows[side.name].insert(entry)
        this.#number = Math.max(this.#number, Number(entry.key) + 1)
      }
      this.#schedule(rows)
    }
  }

  #newRows(key: Key): KeyRows {
    const rows = {
      key,
      left: new KeptRows<KeptElement>(),
      right: new KeptRows<KeptElement>(),
      aloneUpTo: Number.NEGATIVE_INFINITY,
      time: Number.POSITIVE_INFINITY,
      at: Number.NaN,
    }
    this.#keys.set(key, rows)
    return rows
  }

  #keep(rows: KeyRows, side: Side, kept: KeptElement): void {
    rows[side.name].insert(side.cell.create(rows.key, this.#number++, kept))
    if (kept.time + side.reachMs < rows.time) this.#schedule(rows)
  }

  #schedule(rows: KeyRows): void {
    rows.time = this.#dueOf(rows)
    if (Number.isNaN(rows.at)) this.#due.add(rows)
    else this.#due.moved(rows)
    this.#host.wakeAt(rows.time)
  }

  #dueOf({ left, right, aloneUpTo }: KeyRows): number {
    const gone = Math.min(left.firstTime + this.#left.reachMs, right.firstTime + this.#right.reachMs)
    // Where nothing is given for it, several are let go together.
    if (!this.#left.givesAlone && !this.#right.givesAlone) {
      return Math.ceil((gone + this.#latenessMs) / this.#grainMs) * this.#grainMs
    }
    if (this.#latenessMs === 0) return gone
    const alone = Math.min(nextAlone(left, this.#left, aloneUpTo), nextAlone(right, this.#right, aloneUpTo))
    return Math.min(gone + this.#latenessMs, alone)
  }

  /** An element has partners. */
  #meet(side: Side, kept: KeptElement, partners: Partners): void {
    if (!this.#isOnce) return this.#givePairs(side, kept, partners)
    if (side === this.#left) return this.#giveMatched(kept)
    const { rows, from, until } = partners
    // What stands alone by the time of a late partner does so whether that was given already or not.
    const alone = this.#how === 'anti' ? rows.firstAfter(kept.entryWatermark - this.#left.reachMs) : from
    for (const entry of rows.take(Math.max(from, alone), until)) {
      this.#left.cell.delete(entry)
      this.#giveMatched(entry.value)
      this.#host.release(entry.value.refs)
    }
  }

  #givePairs(side: Side, kept: KeptElement, { rows, from, until }: Partners): void {
    const isLeft = side === this.#left
    const other = isLeft ? this.#right : this.#left
    for (let number = from; number < until; number++) {
      const entry = rows.at(number)
      if (entry === undefined) return
      const partner = entry.value
      if (other.givesAlone && !partner.isMatched && kept.entryWatermark < partner.time + other.reachMs) {
        partner.isMatched = true
        other.cell.touch(entry)
      }
      const left = isLeft ? kept : partner
      const right = isLeft ? partner : kept
      enterPair(left, right, this.#row)
      this.#host.emit({ key: this.#row.key, left: left.value, right: right.value }, this.#row)
    }
  }

  /** A left element that has a partner. */
  #giveMatched(left: KeptElement): void {
    if (this.#how !== 'semi') return
    enterKept(left, this.#row)
    this.#host.emit(left.value, this.#row)
  }

  /** An element that has no partner and will have none. */
  #giveAlone({ name, givesAlone }: Side, kept: KeptElement): void {
    if (!givesAlone) return
    enterKept(kept, this.#row)
    if (this.#how === 'anti') return this.#host.emit(kept.value, this.#row)
    const { key } = this.#row
    const { value } = kept
    this.#host.emit(
      name === 'left' ? { key, left: value, right: undefined } : { key, left: undefined, right: value },
      this.#row,
    )
  }

  /** Gives what stands alone, and is kept for partners that are late. */
  #giveAllAlone(rows: KeyRows, watermark: number): void {
    for (const side of [this.#left, this.#right]) {
      const own = rows[side.name]
      const until = side.givesAlone ? own.firstAfter(watermark - side.reachMs) : 0
      for (let number = own.firstAfter(rows.aloneUpTo - side.reachMs); number < until; number++) {
        const entry = own.at(number)
        if (entry === undefined || entry.value.isMatched) continue
        entry.value.isMatched = true
        side.cell.touch(entry)
        this.#giveAlone(side, entry.value)
      }
    }
    rows.aloneUpTo = Math.max(rows.aloneUpTo, watermark)
  }

  /** Lets go of the elements for which nobody can come any more; says for which watermark the last of them waited. */
  #free(rows: KeyRows, side: Side, watermark: number): number {
    const own = rows[side.name]
    let until = Number.NEGATIVE_INFINITY
    const afterMs = side.reachMs + this.#latenessMs
    for (let due = own.firstTime + afterMs; due <= watermark; due = own.firstTime + afterMs) {
      const entry = own.shift()
      if (entry === undefined) return until
      until = due
      side.cell.delete(entry)
      if (!entry.value.isMatched) this.#giveAlone(side, entry.value)
      this.#host.release(entry.value.refs)
    }
    return until
  }

  /** Rows are of this key, and come by way of what is processed now. */
  #enter(key: Key, { input, appendTime }: Context): void {
    this.#row.key = key
    this.#row.input = input
    this.#row.appendTime = appendTime
  }

  #refuse(value: unknown, context: Context): void {
    this.#host.count(context.time + this.#latenessMs <= context.entryWatermark ? 'late' : 'finallyLate', 1)
    giveLate(this.#host, value, context)
  }
}

/** The watermark at which the next of some elements stands alone; +∞ where none will. */
function nextAlone(rows: KeptRows<KeptElement>, { givesAlone, reachMs }: Side, upTo: number): number {
  const next = givesAlone ? rows.at(rows.firstAfter(upTo - reachMs)) : undefined
  return next === undefined ? Number.POSITIVE_INFINITY : next.value.time + reachMs
}
