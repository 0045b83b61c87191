/**
 * The as-of join: each left element with the version of its key that was valid at its time.
 *
 * A left element waits until the merged watermark has passed its time; then every version that can count for it
 * is there. A version that is late by its own entry watermark counts from the next moment on: until it came, the
 * merged watermark was no further, so nothing of that moment or later was answered without it. So what comes
 * out does not depend on the order in which the two streams come. Source: Flink's temporal join, which drops
 * late versions.
 */
import { type Key, KeyMap } from '../../codec/index.ts'
import {
  type Context,
  type Kernel,
  type KernelHost,
  newContext,
  type Refs,
  retainRefs,
} from '../../graph/index.ts'
import { type Entry, type MemoryCell, plainWire, type ValueCell, type Wire } from '../../state/index.ts'
import { DueHeap, type DueNode } from '../../time/index.ts'
import { type Place, type PlaceState, placeFromState, placeOf, placeToState } from '../folds/index.ts'
import { joinRefs } from '../kernels/kept-refs.ts'
import { keyOf } from '../key-of.ts'
import { giveLate } from '../window/window.ts'
import { LEFT } from './how.ts'
import { enterKept, type KeptElement, keepElement, keptWire } from './kept-element.ts'
import { KeptRows } from './kept-rows.ts'

/** Versions that do not count any more stay at most so much longer, or this part of their age, so that several go together. */
const MOST_GRAIN_MS = 60_000
const GRAINS = 16

/** What an as-of join is made of. */
export interface AsOfRules {
  readonly how: 'inner' | 'left'
  /** For so long after its own time a version counts; +∞: for ever. */
  readonly maxAgeMs: number
  /** Whether a right element says that there is no version of its key any more. */
  readonly removed: ((row: unknown) => unknown) | undefined
  /** For how long a removal is remembered; what is further behind its watermark could be from before one that is not. */
  readonly rememberMs: number
}

/** A right element. */
interface Version extends Place {
  /** Null where it is a removal. */
  readonly value: unknown
  /** The time from which it counts: its own, or when it came. */
  readonly from: number
  readonly isRemoval: boolean
  readonly refs: Refs | undefined
}

/** What there is of one key. */
class KeyVersions {
  readonly key: Key
  readonly waiting: KeptRows<KeptElement> = new KeptRows<KeptElement>()
  readonly versions: KeptRows<Version> = new KeptRows<Version>()
  /** When the first element can be answered, and when versions can be let go. */
  readonly answer: Due = { time: Number.POSITIVE_INFINITY, at: Number.NaN, of: this }
  readonly prune: Due = { time: Number.POSITIVE_INFINITY, at: Number.NaN, of: this }

  constructor(key: Key) {
    this.key = key
  }
}

interface Due extends DueNode {
  readonly of: KeyVersions
}

/** Joins elements with versions. Each are in a cell, in namespaces named by their keys, under numbers. */
export class AsOfKernel implements Kernel {
  readonly #rules: AsOfRules
  readonly #grainMs: number
  readonly #host: KernelHost
  readonly #waiting: MemoryCell<KeptElement>
  readonly #versions: MemoryCell<Version>
  readonly #keys = new KeyMap<KeyVersions>()
  readonly #answers = new DueHeap<Due>()
  readonly #prunes = new DueHeap<Due>()
  /** Up to here elements were answered, or versions let go. */
  readonly #floor: ValueCell<number>
  /** What is no later than this was answered. */
  #passedUpTo: number
  #number = 0
  /** What describes the rows that are given. */
  readonly #row = newContext()

  constructor(rules: AsOfRules, host: KernelHost) {
    this.#rules = rules
    this.#grainMs = Math.max(1, Math.min(MOST_GRAIN_MS, Math.floor(rules.maxAgeMs / GRAINS)))
    this.#host = host
    this.#waiting = host.state.keyed('waiting', keptWire())
    this.#versions = host.state.keyed('versions', versionWire)
    this.#floor = host.state.value('floor', plainWire(), Number.NEGATIVE_INFINITY)
    this.#passedUpTo = this.#floor.get()
    this.#restore()
  }

  push(value: unknown, context: Context): void {
    const isLeft = context.side === LEFT
    const isRemoval = !isLeft && Boolean(this.#rules.removed?.(value))
    const isLate = context.time <= context.entryWatermark
    if (isLate || context.time <= this.#passedUpTo) {
      this.#host.count(isLate ? 'late' : 'finallyLate', 1)
      giveLate(this.#host, value, context)
      if (isLeft) return
    }
    const from = isLate ? context.entryWatermark + 1 : context.time
    // A version that is too old before it counts never does.
    if (!isLeft && (from - context.time > this.#rules.maxAgeMs || this.#isForgotten(context))) return
    const rows = this.#rowsOf(context)
    if (isLeft) {
      rows.waiting.insert(this.#waiting.create(rows.key, this.#number++, keepElement(value, context, false)))
      if (context.time < rows.answer.time) this.#scheduleAnswer(rows)
    } else this.#addVersion(rows, { value: isRemoval ? null : value, from, isRemoval }, context)
  }

  due(): number {
    return Math.min(this.#answers.firstTime(), this.#prunes.firstTime())
  }

  advance(watermark: number, context: Context): void {
    let answered = this.#floor.get()
    for (
      let next = this.#answers.firstUntil(watermark);
      next !== undefined;
      next = this.#answers.firstUntil(watermark)
    ) {
      answered = Math.max(answered, this.#answer(next.of, watermark, context))
      next.time = next.of.waiting.firstTime
      if (next.time === Number.POSITIVE_INFINITY) this.#answers.remove(next)
      this.#forgetEmpty(next.of)
    }
    if (answered > this.#floor.get()) this.#floor.set(answered)
    if (watermark === Number.POSITIVE_INFINITY) {
      // The end of a drained input answers what is there; a later run finds the versions that are valid then.
      this.#passedUpTo = Math.max(this.#passedUpTo, answered)
      // There is no later run of a live stream.
      if (this.#host.isLive) {
        for (const { versions } of this.#keys.values()) this.#drop(versions, versions.size)
      }
      return
    }
    for (
      let next = this.#prunes.firstUntil(watermark);
      next !== undefined;
      next = this.#prunes.firstUntil(watermark)
    ) {
      this.#letGo(next.of, watermark)
      next.time = this.#pruneAt(next.of.versions)
      if (next.time === Number.POSITIVE_INFINITY) this.#prunes.remove(next)
      this.#forgetEmpty(next.of)
    }
    this.#passedUpTo = Math.max(this.#passedUpTo, watermark)
  }

  /** Whether a removal from after this version may have been forgotten. */
  #isForgotten({ time, entryWatermark }: Context): boolean {
    const { removed, rememberMs } = this.#rules
    return removed !== undefined && time <= entryWatermark - rememberMs
  }

  #restore(): void {
    for (const key of this.#waiting.namespaces()) {
      const rows = this.#keys.get(key) ?? this.#newRows(key)
      for (const entry of this.#waiting.entries(key)) rows.waiting.insert(this.#numbered(entry))
    }
    for (const key of this.#versions.namespaces()) {
      const rows = this.#keys.get(key) ?? this.#newRows(key)
      for (const entry of this.#versions.entries(key)) rows.versions.insert(this.#numbered(entry))
    }
    for (const rows of this.#keys.values()) {
      this.#scheduleAnswer(rows)
      this.#schedulePrune(rows)
    }
  }

  #numbered<E>(entry: Entry<E>): Entry<E> {
    this.#number = Math.max(this.#number, Number(entry.key) + 1)
    return entry
  }

  #rowsOf(context: Context): KeyVersions {
    const key = keyOf(context)
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.#host.checkKey(context)
    return this.#newRows(key)
  }

  #newRows(key: Key): KeyVersions {
    const rows = new KeyVersions(key)
    this.#keys.set(key, rows)
    return rows
  }

  #addVersion(
    rows: KeyVersions,
    version: Pick<Version, 'value' | 'from' | 'isRemoval'>,
    context: Context,
  ): void {
    retainRefs(context.refs)
    const kept = { ...version, ...placeOf(context), refs: context.refs }
    rows.versions.insert(this.#versions.create(rows.key, this.#number++, kept))
    const second = rows.versions.at(1)
    if (second !== undefined && second.value.from <= this.#passedUpTo) this.#letGo(rows, this.#passedUpTo)
    this.#schedulePrune(rows)
    this.#forgetEmpty(rows)
  }

  #scheduleAnswer({ answer, waiting }: KeyVersions): void {
    answer.time = waiting.firstTime
    this.#schedule(this.#answers, answer)
  }

  #schedulePrune({ prune, versions }: KeyVersions): void {
    prune.time = this.#pruneAt(versions)
    this.#schedule(this.#prunes, prune)
  }

  #schedule(heap: DueHeap<Due>, due: Due): void {
    if (due.time === Number.POSITIVE_INFINITY || due.time >= due.at) return
    heap.moved(due)
    this.#host.wakeAt(due.time)
  }

  /** When all versions but the last can be let go, or that one too. */
  #pruneAt(versions: KeptRows<Version>): number {
    const last = versions.last?.value
    if (last === undefined) return Number.POSITIVE_INFINITY
    const others = versions.size > 1 ? last.from : Number.POSITIVE_INFINITY
    return Math.ceil(Math.min(others, this.#goneAt(last)) / this.#grainMs) * this.#grainMs
  }

  /** When a version counts for nothing any more, were it the newest: a removal as long as it is remembered. */
  #goneAt({ time, isRemoval }: Version): number {
    const { maxAgeMs, rememberMs } = this.#rules
    return time + (isRemoval ? Math.min(maxAgeMs, rememberMs) : maxAgeMs)
  }

  #forgetEmpty({ key, waiting, versions }: KeyVersions): void {
    if (waiting.size + versions.size === 0) this.#keys.delete(key)
  }

  /** Answers the elements up to the watermark; gives the time of the last of them. */
  #answer({ key, waiting, versions }: KeyVersions, watermark: number, context: Context): number {
    let until = Number.NEGATIVE_INFINITY
    this.#row.key = key
    this.#row.input = context.input
    this.#row.appendTime = context.appendTime
    while (waiting.firstTime <= watermark) {
      const entry = waiting.shift()
      if (entry === undefined) break
      until = entry.value.time
      this.#waiting.delete(entry)
      this.#give(entry.value, this.#validAt(versions, until))
      this.#host.release(entry.value.refs)
    }
    return until
  }

  #give(left: KeptElement, version: Version | undefined): void {
    if (version === undefined && this.#rules.how === 'inner') return
    enterKept(left, this.#row)
    if (version?.refs !== undefined) this.#row.refs = joinRefs([left.refs, version.refs])
    this.#host.emit({ key: this.#row.key, left: left.value, right: version?.value }, this.#row)
  }

  #validAt(versions: KeptRows<Version>, time: number): Version | undefined {
    const version = versions.at(newestAt(versions, time))?.value
    const counts = version !== undefined && !version.isRemoval && time - version.time <= this.#rules.maxAgeMs
    return counts ? version : undefined
  }

  /** Lets go of versions that count for nothing later than this. */
  #letGo({ versions }: KeyVersions, passed: number): void {
    const newest = newestAt(versions, passed)
    const first = versions.at(newest)?.value
    if (first === undefined) return
    const gone = this.#goneAt(first) <= passed ? newest + 1 : newest
    this.#drop(versions, gone)
    if (gone > 0 && passed > this.#floor.get()) this.#floor.set(passed)
  }

  /** Drops so many versions, the first ones. */
  #drop(versions: KeptRows<Version>, count: number): void {
    for (let number = 0; number < count; number++) {
      const entry = versions.shift()
      if (entry === undefined) return
      this.#versions.delete(entry)
      this.#host.release(entry.value.refs)
    }
  }
}

/** The number of the newest version that counts at a time; −1 for none. */
function newestAt(versions: KeptRows<Version>, time: number): number {
  let number = versions.firstAfter(time) - 1
  // Those that came late stand by their own time, and count later.
  for (let entry = versions.at(number); number >= 0; entry = versions.at(number)) {
    if (entry === undefined || entry.value.from <= time) return number
    number--
  }
  return number
}

const versionWire: Wire<Version> = {
  encode: ({ value, from, isRemoval, ...place }) => [value, from, isRemoval ? 1 : 0, placeToState(place)],
  decode: state => {
    // Only what `encode` gave is written there.
    const [value, from, isRemoval, place] = state as readonly [unknown, number, number, PlaceState]
    return { value, from, isRemoval: isRemoval === 1, refs: undefined, ...placeFromState(place) }
  },
}
