/**
 * Rows that come and go, in the order of a number: what `top`, `min` and the like are made of where rows can
 * be taken back. All rows are kept, since any may become the best one.
 *
 * Equal numbers are in the order of the rows' contents, so the order does not depend on which came first.
 * A commit writes what came and went since the last one. Invariant: `#written` of the `#operations` so far have
 * been written; one that is read again has no second effect.
 */
import type { Addition, Wire } from '../../state/index.ts'
import { contentsOf } from '../identity.ts'
import type { Change } from '../tables/change.ts'
import type { FoldParts } from './fold.ts'
import { type RetractingParts, retractingFold } from './reading-fold.ts'

/** Which rows come first, and what is made of them. */
export interface RankingOf<In, Out> {
  readonly fingerprint: string
  /** The number of a row. */
  readonly number: (row: In) => number
  /** 1: the largest numbers come first; −1: the smallest do. */
  readonly sign: 1 | -1
  readonly result: (rows: RankedRows<In>) => Out
}

/** A row with its number and its contents as text. */
interface Ranked<In> {
  readonly row: In
  readonly number: number
  readonly text: string
}

interface Kept<In> extends Ranked<In> {
  /** How many equal rows there are; negative where some were taken back before they came. */
  count: number
}

/** One that came or went: the row, its number, 1 or −1. */
type Operation<In> = readonly [row: In, number: number, by: number]

type RankedState<In> = readonly [operations: number, rows: readonly Operation<In>[]]

/** The fold over rows that come and go. */
export function rankingRows<In, Out>({
  fingerprint,
  number,
  sign,
  result,
}: RankingOf<In, Out>): FoldParts<Change<In>, RankedRows<In>, Out> {
  const parts: RetractingParts<In, Ranked<In>, RankedRows<In>, Out> = {
    fingerprint: `${fingerprint} ranked`,
    create: () => new RankedRows(sign),
    read: row => ({ row, number: number(row), text: contentsOf(row) }),
    take: (rows, ranked) => rows.change(ranked, 1),
    giveBack: (rows, ranked) => rows.change(ranked, -1),
    result,
    mergeInto: (into, other) => into.addAll(other),
    condenses: false,
    wire: rankedWire(sign),
    copy: rows => rows.copy(),
  }
  return retractingFold(parts)
}

/** Rows in the order of their numbers. */
export class RankedRows<In> {
  readonly #sign: 1 | -1
  readonly #byText = new Map<string, Kept<In>>()
  /** Those whose count is not 0, the best first. */
  readonly #sorted: Kept<In>[] = []
  /** What came and went since it was written last, if it ever was. */
  #unwritten: Operation<In>[] = []
  #operations = 0
  #written = 0

  constructor(sign: 1 | -1) {
    this.#sign = sign
  }

  /** The number of the best row; undefined where there is none. */
  get bestNumber(): number | undefined {
    return this.#sorted.find(({ count }) => count > 0)?.number
  }

  /** The best rows, the best one first, equal rows as often as they are there. */
  best(limit: number): In[] {
    const rows: In[] = []
    for (const { row, count } of this.#sorted) {
      for (let number = 0; number < count && rows.length < limit; number++) rows.push(row)
      if (rows.length === limit) break
    }
    return rows
  }

  /** Adds a row (`by` is 1), or takes it back (−1). */
  change(ranked: Ranked<In>, by: number): void {
    this.#apply(ranked, by)
    this.#operations++
    if (this.#written > 0) this.#unwritten.push([ranked.row, ranked.number, by])
  }

  /** Adds the rows of others, which stay as they are. */
  addAll(other: RankedRows<In>): void {
    for (const kept of other.#sorted) this.change(kept, kept.count)
  }

  copy(): RankedRows<In> {
    const copied = new RankedRows<In>(this.#sign)
    for (const kept of this.#sorted) copied.#apply(kept, kept.count)
    copied.#operations = this.#operations
    copied.#written = this.#written
    copied.#unwritten = [...this.#unwritten]
    return copied
  }

  /** What came and went since it was written last; undefined: it never was. */
  takeAddition(): Addition | undefined {
    const from = this.#written
    const added = this.#unwritten
    this.#unwritten = []
    this.#written = this.#operations
    return from === 0 ? undefined : { from, added }
  }

  /** Takes in what `takeAddition` gave, but for what it has already. */
  read({ from, added }: Addition): void {
    // Only what `takeAddition` gave is written there.
    const operations = added as readonly Operation<In>[]
    for (const [row, number, by] of operations.slice(Math.max(0, this.#operations - from))) {
      this.#apply({ row, number, text: contentsOf(row) }, by)
    }
    this.#operations = Math.max(this.#operations, from + operations.length)
    this.#written = this.#operations
  }

  toState(): RankedState<In> {
    return [this.#operations, this.#sorted.map(({ row, number, count }) => [row, number, count])]
  }

  static fromState<In>([operations, rows]: RankedState<In>, sign: 1 | -1): RankedRows<In> {
    const ranked = new RankedRows<In>(sign)
    for (const [row, number, count] of rows) ranked.#apply({ row, number, text: contentsOf(row) }, count)
    ranked.#operations = operations
    ranked.#written = operations
    return ranked
  }

  #apply({ row, number, text }: Ranked<In>, by: number): void {
    const known = this.#byText.get(text)
    if (known === undefined) {
      const kept = { row, number, text, count: by }
      this.#byText.set(text, kept)
      this.#sorted.splice(this.#placeOf(kept), 0, kept)
      return
    }
    known.count += by
    if (known.count !== 0) return
    this.#byText.delete(text)
    this.#sorted.splice(this.#placeOf(known), 1)
  }

  /** Where a row stands, or would. */
  #placeOf(ranked: Ranked<In>): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#sorted[middle]
      if (other !== undefined && this.#compare(other, ranked) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(left: Ranked<In>, right: Ranked<In>): number {
    if (left.number === right.number || (Number.isNaN(left.number) && Number.isNaN(right.number))) {
      return left.text < right.text ? -1 : Number(left.text > right.text)
    }
    // What is no number comes first: then the smallest and the largest are none either.
    if (Number.isNaN(left.number)) return -1
    if (Number.isNaN(right.number)) return 1
    return left.number > right.number ? -this.#sign : this.#sign
  }
}

function rankedWire<In>(sign: 1 | -1): Wire<RankedRows<In>> {
  return {
    encode: rows => rows.toState(),
    // Only what `toState` gave is written there.
    decode: state => RankedRows.fromState(state as RankedState<In>, sign),
    grows: {
      take: rows => rows.takeAddition(),
      add: (rows, addition) => {
        const into = rows ?? new RankedRows<In>(sign)
        into.read(addition)
        return into
      },
    },
  }
}
