/**
 * What Kafka Streams' join of two streams does besides what it means: a side forgets a record as soon as that side
 * has had one which is later by the whole window and the grace, also where a late record of the other side would
 * still be its partner; and rows that stand alone are looked for only when a record comes that may look.
 */
import type { ChangelogCase, Output, Topology } from './play.ts'

type StreamJoin = Extract<Topology, { readonly kind: 'streamStream' }>
type Came = ChangelogCase['input'][number]

const PAIR = /^\((\w+),(\w+)\)$/

/** Follows a join record by record, and says what of its rows Kafka Streams gives. */
export class KafkaStore {
  readonly #join: StreamJoin
  readonly #came = new Map<string, Came>()
  readonly #newest = { l: Number.NEGATIVE_INFINITY, r: Number.NEGATIVE_INFINITY }
  /** Records all of whose partners were forgotten, which stand alone there. */
  readonly #robbed = new Set<Came>()
  /** Rows that stand alone, which may come later there. */
  #alone: Output[] = []

  constructor(join: StreamJoin) {
    this.#join = join
  }

  /** The rows that a record gives there, of those that it and those before it should give; `expected` is what was recorded. */
  rowsOf(record: Came, given: readonly Output[], expected: readonly Output[]): readonly Output[] {
    const [side, , name, time] = record
    if (name !== null) this.#came.set(name, record)
    this.#newest[side] = Math.max(this.#newest[side], time)
    const rows: Output[] = []
    let isRobbed = false
    for (const row of given) {
      const partner = this.#partnersOf(row).find(each => each !== record)
      if (row[1]?.includes('null') === true) this.#alone.push(row)
      else if (partner !== undefined && this.#isForgotten(partner)) isRobbed = true
      else {
        rows.push(row)
        for (const each of this.#partnersOf(row)) this.#robbed.delete(each)
      }
    }
    // Where its partner was late too, it is given alone here as well.
    const isGiven = given.some(row => JSON.stringify(row) === JSON.stringify(aloneRow(record)))
    if (isRobbed && rows.length === 0 && !isGiven && this.#standsAlone(side)) this.#robbed.add(record)
    const now = Math.max(this.#newest.l, this.#newest.r)
    for (const robbed of this.#robbed) {
      if (robbed[3] + this.#reachOf(robbed[0]) + this.#join.graceMs >= now) continue
      this.#robbed.delete(robbed)
      this.#alone.push(aloneRow(robbed))
    }
    const texts = new Set(expected.map(row => JSON.stringify(row)))
    const isNow = (row: Output): boolean => texts.has(JSON.stringify(row))
    rows.push(...this.#alone.filter(isNow))
    this.#alone = this.#alone.filter(row => !isNow(row))
    return rows
  }

  #partnersOf([, pair]: Output): readonly Came[] {
    const names = PAIR.exec(pair ?? '')?.slice(1) ?? []
    return names.map(name => this.#came.get(name)).filter(each => each !== undefined)
  }

  #isForgotten([side, , , time]: Came): boolean {
    const { beforeMs, afterMs, graceMs } = this.#join
    return time < this.#newest[side] - beforeMs - afterMs - graceMs
  }

  #standsAlone(side: 'l' | 'r'): boolean {
    return this.#join.how === 'outer' || (this.#join.how === 'left' && side === 'l')
  }

  #reachOf(side: 'l' | 'r'): number {
    return side === 'l' ? this.#join.afterMs : this.#join.beforeMs
  }
}

function aloneRow([side, key, name, time]: Came): Output {
  return [key, side === 'l' ? `(${name},null)` : `(null,${name})`, time]
}
