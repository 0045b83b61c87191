/**
 * Keyed state that outlives the process: values in memory, and the list of what changed since the last
 * commit.
 *
 * Invariant: after `changes` has been written and committed, replaying all change records in order
 * gives exactly the live entries. The unit of change is the whole entry.
 */
import type { Key } from '../codec/index.ts'
import { type Entry, MemoryCell, type Wire } from './memory-cell.ts'

/** A change, for the changelog: an entry's new value, one entry less, or a whole namespace less. */
export type Change =
  | { readonly kind: 'put'; readonly namespace: number; readonly key: Key; readonly value: unknown }
  | { readonly kind: 'delete'; readonly namespace: number; readonly key: Key }
  | { readonly kind: 'drop'; readonly namespace: number }

/** Values by namespace and key, with their changes. */
export class KeyedCell<V> extends MemoryCell<V> {
  readonly #wire: Wire<V>
  #touched: Entry<V>[] = []
  #dropped: number[] = []

  constructor(name: string, wire: Wire<V>) {
    super(name)
    this.#wire = wire
  }

  /** How many entries and namespaces have changed since the last `changes`. */
  get changed(): number {
    return this.#touched.length + this.#dropped.length
  }

  override create(namespace: number, key: Key, value: V): Entry<V> {
    const entry = this.insert(namespace, key, value, true)
    this.#touched.push(entry)
    return entry
  }

  override touch(entry: Entry<V>): void {
    if (entry.touched) return
    entry.touched = true
    this.#touched.push(entry)
  }

  override delete(entry: Entry<V>): void {
    if (!entry.live) return
    this.remove(entry)
    this.touch(entry)
  }

  /** Deletes all entries of a namespace with one change record. */
  override drop(namespace: number): void {
    if (!this.has(namespace)) return
    super.drop(namespace)
    this.#dropped.push(namespace)
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
    if (change.kind === 'drop') return super.drop(change.namespace)
    const found = this.get(change.namespace, change.key)
    if (change.kind === 'delete') {
      if (found !== undefined) this.remove(found)
    } else if (found !== undefined) found.value = this.#wire.decode(change.value)
    else this.insert(change.namespace, change.key, this.#wire.decode(change.value), false)
  }

  /** All entries as changes; stays valid while the cell changes between two steps of the iteration. */
  *snapshot(): Generator<Change> {
    for (const { entries } of this.spaces.values()) {
      for (const entry of entries.values()) if (entry.live) yield this.#change(entry)
    }
  }

  #change(entry: Entry<V>): Change {
    return { kind: 'put', namespace: entry.space.id, key: entry.key, value: this.#wire.encode(entry.value) }
  }
}
