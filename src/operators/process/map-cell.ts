/** Cells with a map per key: a commit writes the entries that changed. */
import { type Key, KeyMap } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'
import { plainWire } from '../../state/index.ts'
import type { Call, Draft } from './call.ts'
import type { MapKey, MapSpec } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'
import { openStore, type Store } from './expiry.ts'
import { copyOf, PlainCheck } from './plain-data.ts'

/** A map, of the key at hand. */
export interface MapState<K extends MapKey, V> {
  /** The value of an entry; undefined where there is none. To change an object that it gives, `set` it again. */
  get(key: K): V | undefined
  has(key: K): boolean
  set(key: K, value: V): void
  delete(key: K): void
  /** All entries, in the order in which they were made. */
  entries(): readonly (readonly [K, V])[]
  readonly size: number
  clear(): void
}

interface Change {
  readonly key: MapKey
  /** undefined: deleted. */
  readonly value: unknown
  /** It was deleted before it was written: it comes last now. */
  readonly isAnew: boolean
}

/** All maps of a cell. */
export class MapStore implements CellStore {
  readonly name: string
  readonly isPerKey = true
  readonly store: Store<unknown>
  readonly plain: PlainCheck

  constructor(name: string, { ttl }: MapSpec<MapKey, unknown>, { host, expiries }: CellHome) {
    this.name = name
    this.plain = new PlainCheck(name, host.state)
    this.store = openStore(host, name, { wire: plainWire<unknown>(), ttl, expiries })
  }

  open(call: Call): MapState<MapKey, unknown> {
    return new MapHandle(this, call)
  }
}

class MapHandle implements MapState<MapKey, unknown>, Draft {
  readonly #of: MapStore
  readonly #call: Call
  #isDrafted = false
  #isCleared = false
  /** Entries that were written in the draft, or handed out by it. */
  #changes: KeyMap<Change> | undefined

  constructor(of: MapStore, call: Call) {
    this.#of = of
    this.#call = call
  }

  get size(): number {
    return this.entries().length
  }

  get(key: MapKey): unknown {
    const call = this.#call
    call.check()
    this.#checkEntry(key)
    const change = this.#changes?.get(key)
    if (change !== undefined) return change.value
    if (this.#isCleared) return undefined
    const stored = this.#of.store.read(call.key, key, call)
    return call.isDraft ? copyOf(stored) : stored
  }

  has(key: MapKey): boolean {
    return this.get(key) !== undefined
  }

  set(key: MapKey, value: unknown): void {
    const call = this.#call
    call.check()
    this.#checkEntry(key)
    this.#of.plain.check(value, call.key, call.isDraft)
    if (call.isDraft) return this.#draft(key, value)
    if (value === undefined) this.#of.store.remove(call.key, key)
    else this.#of.store.write(call.key, key, { value, call })
  }

  delete(key: MapKey): void {
    this.set(key, undefined)
  }

  entries(): readonly (readonly [MapKey, unknown])[] {
    const call = this.#call
    call.check()
    const entries: (readonly [MapKey, unknown])[] = []
    const inPlace = new Set<Change>()
    for (const [key, value] of this.#isCleared ? [] : this.#of.store.entries(call.key, call)) {
      const change = this.#changes?.get(key)
      if (change?.isAnew === true) continue
      if (change !== undefined) inPlace.add(change)
      const now = change === undefined && call.isDraft ? copyOf(value) : (change ?? { value }).value
      // Nothing else is written there.
      if (now !== undefined) entries.push([key as MapKey, now])
    }
    for (const change of this.#changes?.values() ?? [])
      if (change.value !== undefined && !inPlace.has(change)) entries.push([change.key, change.value])
    return entries
  }

  clear(): void {
    const call = this.#call
    call.check()
    if (!call.isDraft) return this.#of.store.clear(call.key)
    this.#begin()
    this.#isCleared = true
    this.#changes = undefined
  }

  apply(): void {
    const call = this.#call
    const { store } = this.#of
    if (this.#isCleared) store.clear(call.key)
    for (const { key, value, isAnew } of this.#changes?.values() ?? []) {
      if (value === undefined || isAnew) store.remove(call.key, key)
      if (value !== undefined) store.write(call.key, key, { value, call })
    }
    this.forget()
  }

  forget(): void {
    this.#isDrafted = false
    this.#isCleared = false
    this.#changes = undefined
  }

  #draft(key: MapKey, value: unknown): void {
    this.#begin()
    this.#changes ??= new KeyMap()
    const before = this.#changes.get(key)
    const wasDeleted = before !== undefined && before.value === undefined
    if (wasDeleted) this.#changes.delete(key)
    const isAnew = value !== undefined && (wasDeleted || before?.isAnew === true)
    this.#changes.set(key, { key, value, isAnew })
  }

  #begin(): void {
    if (this.#isDrafted) return
    this.#isDrafted = true
    this.#call.wrote(this)
  }

  #checkEntry(key: Key): void {
    if (typeof key === 'string' || typeof key === 'boolean' || typeof key === 'bigint') return
    if (typeof key === 'number' && Number.isFinite(key)) return
    throw new StepError(
      'STEP_FAILED',
      `map "${this.#of.name}" was asked for entry ${describeValue(key)}; expected a string, a finite number, a boolean or a bigint`,
    )
  }
}
