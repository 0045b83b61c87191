/**
 * Keyed state that outlives the process: values in memory, and the list of what changed since the last
 * commit.
 *
 * Invariant: after `changes` has been written and committed, replaying all change records in order
 * gives exactly the live entries. The unit of change is the entry, or what was added to one that grows.
 */
import { type Key, KeyMap } from '../codec/index.ts'
import { StateError } from '../errors.ts'
import { type Entry, MemoryCell } from './memory-cell.ts'
import type { Addition, Wire } from './wire.ts'

/** A change, for the changelog: an entry's new value, what was added to it, one entry less, or a whole namespace less. */
export type Change =
  | { readonly kind: 'put'; readonly namespace: Key; readonly key: Key; readonly value: unknown }
  | { readonly kind: 'grow'; readonly namespace: Key; readonly key: Key; readonly addition: Addition }
  | { readonly kind: 'delete'; readonly namespace: Key; readonly key: Key }
  | { readonly kind: 'drop'; readonly namespace: Key }

/** Values by namespace and key, with their changes. */
export class KeyedCell<V> extends MemoryCell<V> {
  readonly #wire: Wire<V>
  #touched: Entry<V>[] = []
  #dropped: Key[] = []

  constructor(name: string, wire: Wire<V>) {
    super(name)
    this.#wire = wire
  }

  /** How many entries and namespaces have changed since the last `changes`. */
  get changed(): number {
    return this.#touched.length + this.#dropped.length
  }

  override create(namespace: Key, key: Key, value: V): Entry<V> {
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
  override drop(namespace: Key): void {
    if (!this.has(namespace)) return
    super.drop(namespace)
    this.#dropped.push(namespace)
  }

  /** Hands out what changed since the last call and forgets it. Drops come first: a namespace may be filled anew. */
  changes(write: (change: Change) => void): void {
    const dropped = new KeyMap<Key>()
    for (const namespace of this.#dropped) dropped.set(namespace, namespace)
    for (const namespace of dropped.values()) write({ kind: 'drop', namespace })
    for (const entry of this.#touched) {
      entry.touched = false
      if (entry.live) write(this.#growth(entry) ?? this.#change(entry))
      else if (dropped.get(entry.space.id) === undefined) {
        // One that was created again under its key is the last one now, also when it is restored.
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
    } else {
      const value = this.#valueOf(change, found?.value)
      if (found === undefined) this.insert(change.namespace, change.key, value, false)
      else found.value = value
    }
  }

  /** All entries as changes; stays valid while the cell changes between two steps of the iteration. */
  *snapshot(): Generator<Change> {
    for (const { entries } of this.spaces.values()) {
      for (const entry of entries.values()) if (entry.live) yield this.#change(entry)
    }
  }

  #valueOf(change: Extract<Change, { kind: 'put' | 'grow' }>, before: V | undefined): V {
    if (change.kind === 'put') return this.#wire.decode(change.value)
    const { grows } = this.#wire
    if (grows !== undefined) return grows.add(before, change.addition)
    throw new StateError(
      'STATE_CORRUPT',
      `the changelog adds to an entry of cell "${this.name}", whose values do not grow`,
    )
  }

  #growth(entry: Entry<V>): Change | undefined {
    const addition = this.#wire.grows?.take(entry.value)
    if (addition === undefined || addition.from === 0) return undefined
    return { kind: 'grow', namespace: entry.space.id, key: entry.key, addition }
  }

  #change(entry: Entry<V>): Change {
    return { kind: 'put', namespace: entry.space.id, key: entry.key, value: this.#wire.encode(entry.value) }
  }
}
