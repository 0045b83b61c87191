/**
 * Keyed state in memory: a Map per namespace (a window, say), and the list of what changed since
 * the last commit.
 *
 * Invariant: after `changes` has been written and committed, replaying all change records in order
 * gives exactly the live entries. The unit of change is the whole entry.
 */
import { type Key, KeyMap } from '../codec/index.ts'

/** The entries of one namespace. */
interface Space<V> {
  readonly id: number
  readonly entries: KeyMap<Entry<V>>
}

/** One value under a key in a namespace. Change `value`, then call `touch`. */
export interface Entry<V> {
  /** Shared by all entries of a namespace: the number itself would cost a box per entry. */
  readonly space: Space<V>
  readonly key: Key
  value: V
  /** Whether it is in the list of changes already. */
  touched: boolean
  live: boolean
}

/** How a cell's values are written: into what msgpack can carry, and back. */
export interface Wire<V> {
  encode(value: V): unknown
  decode(wire: unknown): V
}

/** A change, for the changelog: an entry's new value, one entry less, or a whole namespace less. */
export type Change =
  | { readonly kind: 'put'; readonly namespace: number; readonly key: Key; readonly value: unknown }
  | { readonly kind: 'delete'; readonly namespace: number; readonly key: Key }
  | { readonly kind: 'drop'; readonly namespace: number }

/** Equal to no namespace, itself included. */
const NO_SPACE: Space<never> = { id: Number.NaN, entries: new KeyMap() }

/** Values by namespace and key. */
export class KeyedCell<V> {
  readonly name: string
  readonly #wire: Wire<V>
  readonly #tracked: boolean
  readonly #namespaces = new Map<number, Space<V>>()
  #touched: Entry<V>[] = []
  #dropped: number[] = []
  #size = 0
  /** The namespace that was looked at last: usually it is the next one too. */
  #last: Space<V> = NO_SPACE

  /** Without `tracked` no changes are noted: `changes` has nothing to write. */
  constructor(name: string, wire: Wire<V>, tracked = true) {
    this.name = name
    this.#wire = wire
    this.#tracked = tracked
  }

  /** How many entries it holds. */
  get size(): number {
    return this.#size
  }

  /** How many entries and namespaces have changed since the last `changes`. */
  get changed(): number {
    return this.#touched.length + this.#dropped.length
  }

  /** The namespaces that hold anything, in no order. */
  namespaces(): IterableIterator<number> {
    return this.#namespaces.keys()
  }

  /** The entries of a namespace, in the order of their creation. */
  entries(namespace: number): Iterable<Entry<V>> {
    return this.#namespaces.get(namespace)?.entries.values() ?? []
  }

  /** Whether a namespace holds anything. */
  has(namespace: number): boolean {
    return this.#namespaces.has(namespace)
  }

  get(namespace: number, key: Key): Entry<V> | undefined {
    if (namespace !== this.#last.id) {
      const space = this.#namespaces.get(namespace)
      if (space === undefined) return undefined
      this.#last = space
    }
    return this.#last.entries.get(key)
  }

  /** Makes an entry that `get` did not find, and counts it as changed. */
  create(namespace: number, key: Key, value: V): Entry<V> {
    const entry = this.#insert(namespace, key, value)
    this.touch(entry)
    return entry
  }

  /** Says that the entry's value was changed. */
  touch(entry: Entry<V>): void {
    if (entry.touched) return
    entry.touched = true
    this.#touched.push(entry)
  }

  delete(entry: Entry<V>): void {
    if (!entry.live) return
    this.#remove(entry)
    this.touch(entry)
  }

  /** Deletes all entries of a namespace with one change record. */
  drop(namespace: number): void {
    const entries = this.#namespaces.get(namespace)?.entries
    if (entries === undefined) return
    for (const entry of entries.values()) entry.live = false
    this.#size -= entries.size
    this.#forget(namespace)
    if (this.#tracked) this.#dropped.push(namespace)
  }

  /** Hands out what changed since the last call and forgets it. Drops come first: a namespace may be filled anew. */
  changes(write: (change: Change) => void): void {
    const dropped = new Set(this.#dropped)
    for (const namespace of dropped) write({ kind: 'drop', namespace })
    for (const entry of this.#touched) {
      entry.touched = false
      if (entry.live) write(this.#change(entry))
      else if (!dropped.has(entry.space.id) && this.get(entry.space.id, entry.key) === undefined) {
        write({ kind: 'delete', namespace: entry.space.id, key: entry.key })
      }
    }
    this.#touched = []
    this.#dropped = []
  }

  /** Applies a change record while restoring. */
  apply(change: Change): void {
    if (change.kind === 'drop') {
      this.#size -= this.#namespaces.get(change.namespace)?.entries.size ?? 0
      this.#forget(change.namespace)
      return
    }
    const found = this.get(change.namespace, change.key)
    if (change.kind === 'delete') {
      if (found !== undefined) this.#remove(found)
    } else if (found !== undefined) found.value = this.#wire.decode(change.value)
    else this.#insert(change.namespace, change.key, this.#wire.decode(change.value))
  }

  /** All entries as changes; stays valid while the cell changes between two steps of the iteration. */
  *snapshot(): Generator<Change> {
    for (const { entries } of this.#namespaces.values()) {
      for (const entry of entries.values()) if (entry.live) yield this.#change(entry)
    }
  }

  #change(entry: Entry<V>): Change {
    return { kind: 'put', namespace: entry.space.id, key: entry.key, value: this.#wire.encode(entry.value) }
  }

  #insert(namespace: number, key: Key, value: V): Entry<V> {
    let space = this.#namespaces.get(namespace)
    if (space === undefined) {
      space = { id: namespace, entries: new KeyMap() }
      this.#namespaces.set(namespace, space)
    }
    const entry: Entry<V> = { space, key, value, touched: !this.#tracked, live: true }
    space.entries.set(key, entry)
    this.#size++
    return entry
  }

  #remove(entry: Entry<V>): void {
    const { id, entries } = entry.space
    entries.delete(entry.key)
    if (entries.size === 0) this.#forget(id)
    entry.live = false
    this.#size--
  }

  #forget(namespace: number): void {
    this.#namespaces.delete(namespace)
    if (namespace === this.#last.id) this.#last = NO_SPACE
  }
}
