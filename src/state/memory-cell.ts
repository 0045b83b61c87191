/** Keyed values in memory: a Map per namespace (a window, say, or a key that has many values). */
import { type Key, KeyMap } from '../codec/index.ts'

/** The entries of one namespace. */
export interface Space<V> {
  readonly id: Key
  readonly entries: KeyMap<Entry<V>>
}

/** One value under a key in a namespace. Change `value`, then call `touch`. */
export interface Entry<V> {
  /** Shared by all entries of a namespace: a number itself would cost a box per entry. */
  readonly space: Space<V>
  readonly key: Key
  value: V
  /** Whether it is in the list of changes already; always, where nobody asks for changes. */
  touched: boolean
  live: boolean
}

/** Equal to no namespace, itself included. */
const NO_SPACE: Space<never> = { id: Number.NaN, entries: new KeyMap() }

/** Values by namespace and key, as kernels use them. Nobody asks what changed. */
export class MemoryCell<V> {
  readonly name: string
  protected readonly spaces: KeyMap<Space<V>> = new KeyMap<Space<V>>()
  #size = 0
  /** The namespace that was looked at last: usually it is the next one too. */
  #last: Space<V> = NO_SPACE

  constructor(name: string) {
    this.name = name
  }

  /** How many entries it holds. */
  get size(): number {
    return this.#size
  }

  /** The namespaces that hold anything, in no order. */
  *namespaces(): IterableIterator<Key> {
    for (const { id } of this.spaces.values()) yield id
  }

  /** The entries of a namespace, in the order of their creation. */
  entries(namespace: Key): Iterable<Entry<V>> {
    return this.spaces.get(namespace)?.entries.values() ?? []
  }

  /** Whether a namespace holds anything. */
  has(namespace: Key): boolean {
    return this.spaces.get(namespace) !== undefined
  }

  get(namespace: Key, key: Key): Entry<V> | undefined {
    if (namespace !== this.#last.id) {
      const space = this.spaces.get(namespace)
      if (space === undefined) return undefined
      this.#last = space
    }
    return this.#last.entries.get(key)
  }

  /** Makes an entry that `get` did not find, and counts it as changed. */
  create(namespace: Key, key: Key, value: V): Entry<V> {
    return this.insert(namespace, key, value, true)
  }

  /** Says that the entry's value was changed. */
  touch(_entry: Entry<V>): void {
    // Nobody asks.
  }

  delete(entry: Entry<V>): void {
    if (entry.live) this.remove(entry)
  }

  /** Deletes all entries of a namespace. */
  drop(namespace: Key): void {
    const entries = this.spaces.get(namespace)?.entries
    if (entries === undefined) return
    for (const entry of entries.values()) entry.live = false
    this.#size -= entries.size
    this.#forget(namespace)
  }

  protected insert(namespace: Key, key: Key, value: V, touched: boolean): Entry<V> {
    let space = this.spaces.get(namespace)
    if (space === undefined) {
      space = { id: namespace, entries: new KeyMap() }
      this.spaces.set(namespace, space)
    }
    const entry: Entry<V> = { space, key, value, touched, live: true }
    space.entries.set(key, entry)
    this.#size++
    return entry
  }

  protected remove(entry: Entry<V>): void {
    const { id, entries } = entry.space
    entries.delete(entry.key)
    if (entries.size === 0) this.#forget(id)
    entry.live = false
    this.#size--
  }

  #forget(namespace: Key): void {
    this.spaces.delete(namespace)
    this.#last = NO_SPACE
  }
}
