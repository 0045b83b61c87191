/** Cells with a list per key: a commit writes what was added. */
import type { Addition, Wire } from '../../state/index.ts'
import type { Call, Draft } from './call.ts'
import type { ListSpec } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'
import { openStore, type Store } from './expiry.ts'
import { copyOf, PlainCheck } from './plain-data.ts'

/** A list, of the key at hand. */
export interface ListState<V> {
  add(...items: readonly V[]): void
  /** All items, in the order in which they were added. */
  values(): readonly V[]
  readonly size: number
  clear(): void
}

/** What is stored of a list. */
interface ItemLog {
  readonly items: unknown[]
  /** How many of them were written into state. */
  written: number
}

const NOTHING: readonly unknown[] = []

/** All lists of a cell. */
export class ListStore implements CellStore {
  readonly name: string
  readonly isPerKey = false
  readonly store: Store<ItemLog>
  readonly plain: PlainCheck

  constructor(name: string, { ttl }: ListSpec<unknown>, { host, expiries }: CellHome) {
    this.name = name
    this.plain = new PlainCheck(name, host.state)
    this.store = openStore(host, name, { wire: LOG_WIRE, ttl, expiries })
  }

  open(call: Call): ListState<unknown> {
    return new ListHandle(this, call)
  }

  append(items: readonly unknown[], call: Call): void {
    let log = this.store.read(0, call.key, call)
    if (log === undefined) {
      // One that has expired is another list.
      this.store.remove(0, call.key)
      log = { items: [], written: 0 }
    }
    for (const item of items) log.items.push(item)
    this.store.write(0, call.key, { value: log, call })
  }
}

class ListHandle implements ListState<unknown>, Draft {
  readonly #of: ListStore
  readonly #call: Call
  #isDrafted = false
  #isCleared = false
  #added: unknown[] = []

  constructor(of: ListStore, call: Call) {
    this.#of = of
    this.#call = call
  }

  get size(): number {
    this.#call.check()
    return this.#stored().length + this.#added.length
  }

  add(...items: readonly unknown[]): void {
    const call = this.#call
    call.check()
    for (const item of items) this.#of.plain.check(item, call.key, call.isDraft)
    if (!call.isDraft) return this.#of.append(items, call)
    this.#begin()
    this.#added.push(...items)
  }

  values(): readonly unknown[] {
    const call = this.#call
    call.check()
    const stored = this.#stored()
    return call.isDraft ? [...stored.map(copyOf), ...this.#added] : [...stored]
  }

  clear(): void {
    const call = this.#call
    call.check()
    if (!call.isDraft) return this.#of.store.remove(0, call.key)
    this.#begin()
    this.#isCleared = true
    this.#added = []
  }

  apply(): void {
    const call = this.#call
    if (this.#isCleared) this.#of.store.remove(0, call.key)
    if (this.#added.length > 0) this.#of.append(this.#added, call)
    this.forget()
  }

  forget(): void {
    this.#isDrafted = false
    this.#isCleared = false
    this.#added = []
  }

  #stored(): readonly unknown[] {
    if (this.#isCleared) return NOTHING
    return this.#of.store.read(0, this.#call.key, this.#call)?.items ?? NOTHING
  }

  #begin(): void {
    if (this.#isDrafted) return
    this.#isDrafted = true
    this.#call.wrote(this)
  }
}

const LOG_WIRE: Wire<ItemLog> = {
  encode: ({ items }) => items,
  decode: wire => readLog(undefined, { from: 0, added: wire }),
  grows: {
    take: log => {
      const from = log.written
      log.written = log.items.length
      return from === 0 ? undefined : { from, added: log.items.slice(from) }
    },
    add: readLog,
  },
}

function readLog(before: ItemLog | undefined, { from, added }: Addition): ItemLog {
  // Only what `take` and `encode` gave is written there.
  const items = [...(before?.items ?? NOTHING).slice(0, from), ...(added as readonly unknown[])]
  return { items, written: items.length }
}
