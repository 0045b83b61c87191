/**
 * How often values were seen: each value with its count.
 *
 * Invariant: what a commit writes are the counts of values that changed since the last one, so reading an
 * addition twice changes nothing. A count may be negative while what takes a value back came before it.
 */
import type { Key, KeyPart } from '../../codec/index.ts'
import type { Addition, Wire } from '../../state/index.ts'
import { identityOf } from '../identity.ts'

/** Values and their counts; without counts, where each is 1. */
type TallyState = readonly [values: readonly Key[], counts?: readonly number[]]

/** What is written where nothing has changed, as of most conditions of a fold over some elements. */
const NOTHING: Addition = { from: 1, added: [[]] satisfies TallyState }

/** A number of each value. */
export class Tally<K extends Key = Key> {
  /** By identity: scalars are their own. */
  readonly #counts = new Map<unknown, number>()
  /** The values whose identity is not the value itself: tuples. */
  readonly #tuples = new Map<unknown, K>()
  /** How many counts are below 0. */
  #negative = 0
  /** The identities that changed since they were written; undefined: they never were. */
  #changed: Set<unknown> | undefined

  /** How many values have a count above 0. */
  get size(): number {
    return this.#counts.size - this.#negative
  }

  /** Makes the count of a value 1, if it is not there. */
  include(value: K): void {
    const id = identityOf(value)
    if (!this.#counts.has(id)) this.#set(id, value, 1)
  }

  /** Adds to the count of a value. */
  add(value: K, by: number): void {
    const id = identityOf(value)
    this.#set(id, value, (this.#counts.get(id) ?? 0) + by)
  }

  includeAll(other: Tally<K>): void {
    for (const id of other.#counts.keys()) {
      if (!this.#counts.has(id)) this.#set(id, other.#valueOf(id), 1)
    }
  }

  addAll(other: Tally<K>): void {
    for (const [id, count] of other.#counts) {
      this.#set(id, other.#valueOf(id), (this.#counts.get(id) ?? 0) + count)
    }
  }

  /** The count of a value; 0 where it is not there. */
  countOf(value: K): number {
    return this.#counts.get(identityOf(value)) ?? 0
  }

  /** The values, in the order in which they came. */
  values(): Iterable<K> {
    const ids = [...this.#counts.keys()]
    // Where there are no tuples, values are their own identities.
    return this.#tuples.size === 0 ? (ids as K[]) : ids.map(id => this.#valueOf(id))
  }

  /** Each value with its count, in the order in which they came. */
  *entries(): Generator<readonly [value: K, count: number]> {
    for (const [id, count] of this.#counts) yield [this.#valueOf(id), count]
  }

  /** A tally of its own with the same counts, and as much still to be written. */
  copy(): Tally<K> {
    const copy = new Tally<K>()
    copy.addAll(this)
    copy.#changed = this.#changed && new Set(this.#changed)
    // Of what was removed and is still to be written, too.
    for (const [id, value] of this.#tuples) copy.#tuples.set(id, value)
    return copy
  }

  /** Those that changed since they were written last; undefined: all. Counts as written from now on. */
  takeAddition(): Addition | undefined {
    const changed = this.#changed
    if (changed === undefined) {
      this.#changed = new Set()
      return undefined
    }
    if (changed.size === 0) return NOTHING
    const added = this.#stateOf(changed)
    for (const id of changed) if (!this.#counts.has(id)) this.#tuples.delete(id)
    changed.clear()
    return { from: 1, added }
  }

  /** Sets the counts of values that were written. */
  read(state: unknown): void {
    // Only what `toState` gave is written there.
    const [values, counts] = state as TallyState
    for (const [at, value] of values.entries()) {
      this.#set(identityOf(value), value as K, counts === undefined ? 1 : (counts[at] ?? 0))
    }
    this.#changed = new Set()
  }

  toState(): TallyState {
    return this.#stateOf(this.#counts.keys())
  }

  #stateOf(ids: Iterable<unknown>): TallyState {
    const values: K[] = []
    const counts: number[] = []
    for (const id of ids) {
      values.push(this.#valueOf(id))
      counts.push(this.#counts.get(id) ?? 0)
    }
    return counts.every(count => count === 1) ? [values] : [values, counts]
  }

  #set(id: unknown, value: K, count: number): void {
    const before = this.#counts.get(id) ?? 0
    this.#negative += Number(count < 0) - Number(before < 0)
    if (count === 0) {
      this.#counts.delete(id)
      // A change that is to be written still needs the value.
      if (this.#changed === undefined) this.#tuples.delete(id)
    } else {
      this.#counts.set(id, count)
      if (id !== value && !this.#tuples.has(id)) this.#tuples.set(id, plain(value))
    }
    this.#changed?.add(id)
  }

  #valueOf(id: unknown): K {
    // What is not there is its own identity.
    return this.#tuples.get(id) ?? (id as K)
  }
}

/** How tallies are written: a commit writes the counts that changed. */
export function tallyWire<K extends Key>(): Wire<Tally<K>> {
  return {
    encode: tally => tally.toState(),
    decode: state => readInto(new Tally<K>(), state),
    grows: {
      take: tally => tally.takeAddition(),
      add: (tally, { added }) => readInto(tally ?? new Tally<K>(), added),
    },
  }
}

function readInto<K extends Key>(tally: Tally<K>, state: unknown): Tally<K> {
  tally.read(state)
  return tally
}

/** `-0` in a tuple is 0, so that it does not matter which of the two came first. */
function plain<K extends Key>(value: K): K {
  if (typeof value !== 'object') return value
  // The parts are what they were.
  return value.map((part: KeyPart) => (part === 0 ? 0 : part)) as unknown as K
}
