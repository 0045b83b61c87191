/**
 * Elements of one side and key in the order of their places. The first ones go first, as time goes on, so
 * they are taken off without moving the others.
 */
import type { Entry } from '../../state/index.ts'
import { comparePlaces, type Place } from '../folds/index.ts'

/** So many places of elements that are gone are kept before the others are moved to the front. */
const MOST_GONE = 32

/** Entries in the order of their places. */
export class KeptRows<E extends Place> {
  #entries: (Entry<E> | undefined)[] = []
  #gone = 0

  get size(): number {
    return this.#entries.length - this.#gone
  }

  /** The entry with this number, the first having 0; undefined where there is none. */
  at(number: number): Entry<E> | undefined {
    return number < 0 ? undefined : this.#entries[this.#gone + number]
  }

  /** The last one. */
  get last(): Entry<E> | undefined {
    return this.#gone === this.#entries.length ? undefined : this.#entries.at(-1)
  }

  /** The time of the first one; +∞ where there is none. */
  get firstTime(): number {
    return this.at(0)?.value.time ?? Number.POSITIVE_INFINITY
  }

  insert(entry: Entry<E>): void {
    const entries = this.#entries
    const last = entries.at(-1)
    // Most come in order.
    if (last === undefined || comparePlaces(last.value, entry.value) <= 0) entries.push(entry)
    else entries.splice(this.#placeOf(entry), 0, entry)
  }

  /** The number of the first entry whose time is not before this. */
  firstFrom(time: number): number {
    return this.firstAfter(time - 1)
  }

  /** The number of the first entry whose time, whole milliseconds, is after this. */
  firstAfter(time: number): number {
    const entries = this.#entries
    let low = this.#gone
    let high = entries.length
    // Usually it is one of the ends.
    if (high > low && (entries[high - 1]?.value.time ?? time) <= time) return high - low
    if (high > low && (entries[low]?.value.time ?? time) > time) return 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((entries[middle]?.value.time ?? time) > time) high = middle
      else low = middle + 1
    }
    return low - this.#gone
  }

  /** Takes the first entry off. */
  shift(): Entry<E> | undefined {
    const entry = this.#entries[this.#gone]
    if (entry === undefined) return undefined
    this.#entries[this.#gone++] = undefined
    if (this.#gone === this.#entries.length) {
      this.#entries = []
      this.#gone = 0
    } else if (this.#gone > MOST_GONE && this.#gone * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#gone)
      this.#gone = 0
    }
    return entry
  }

  /** Takes entries off anywhere, and gives them. */
  take(from: number, until: number): readonly Entry<E>[] {
    const taken = this.#entries.splice(this.#gone + from, until - from)
    return taken.filter(entry => entry !== undefined)
  }

  /** Where an entry belongs that is not the last. */
  #placeOf({ value }: Entry<E>): number {
    const entries = this.#entries
    let low = this.#gone
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = entries[middle]
      if (other === undefined || comparePlaces(other.value, value) > 0) high = middle
      else low = middle + 1
    }
    return low
  }
}
