/** What is kept for a while: values that say when they expire, and who removes them then. */
import type { Key } from '../../codec/index.ts'
import type { KernelHost } from '../../graph/index.ts'
import type { Entry, MemoryCell, Wire } from '../../state/index.ts'
import { DueHeap, type DueNode } from '../../time/index.ts'
import type { Call } from './call.ts'
import type { TimeToLive } from './cell-specs.ts'

/** A value that expires at `time`. */
export interface Held<V> extends DueNode {
  value: V
  /** Where it is, once it is in a cell. */
  entry: Entry<Held<V>> | undefined
  cell: MemoryCell<Held<V>> | undefined
}

/** The values that expire by one time. */
export class Expiry {
  readonly #heap = new DueHeap<Held<unknown>>()

  firstTime(): number {
    return this.#heap.firstTime()
  }

  /** Removes what has expired by this moment. */
  expire(moment: number): void {
    for (let held = this.#heap.firstUntil(moment); held !== undefined; held = this.#heap.firstUntil(moment)) {
      this.#heap.remove(held)
      if (held.entry !== undefined) held.cell?.delete(held.entry)
    }
  }

  add(held: Held<unknown>): void {
    this.#heap.add(held)
  }

  moved(held: Held<unknown>): void {
    this.#heap.moved(held)
  }

  remove(held: Held<unknown>): void {
    this.#heap.remove(held)
  }
}

/** The expiries of a kernel. */
export interface Expiries {
  readonly event: Expiry
  readonly processing: Expiry
}

/** Values by namespace and key, with or without an end. */
export interface Store<V> {
  /** The value; undefined: there is none, or it has expired. */
  read(namespace: Key, key: Key, call: Call): V | undefined
  write(namespace: Key, key: Key, { value, call }: { readonly value: V; readonly call: Call }): void
  remove(namespace: Key, key: Key): void
  /** Removes all values of a namespace. */
  clear(namespace: Key): void
  /** The values of a namespace that have not expired, in the order in which they came. */
  entries(namespace: Key, call: Call): IterableIterator<readonly [Key, V]>
  /** Which namespaces there are, and what stands in one. */
  readonly cell: MemoryCell<unknown>
}

/** Opens a store in a cell of the kernel. */
export function openStore<V>(
  host: KernelHost,
  name: string,
  { wire, ttl, expiries }: StoreParts<V>,
): Store<V> {
  if (ttl === undefined) return new EndlessStore(host.state.keyed(name, wire))
  return new EndingStore(host, name, { wire, ttl, expiry: expiries[ttl.time] })
}

/** What a store is made of. */
export interface StoreParts<V> {
  readonly wire: Wire<V>
  readonly ttl: TimeToLive | undefined
  readonly expiries: Expiries
}

class EndlessStore<V> implements Store<V> {
  readonly cell: MemoryCell<V>

  constructor(cell: MemoryCell<V>) {
    this.cell = cell
  }

  read(namespace: Key, key: Key): V | undefined {
    return this.cell.get(namespace, key)?.value
  }

  write(namespace: Key, key: Key, { value, call }: { readonly value: V; readonly call: Call }): void {
    const entry = this.cell.get(namespace, key)
    if (entry === undefined) {
      call.checkKey()
      this.cell.create(namespace, key, value)
    } else {
      entry.value = value
      this.cell.touch(entry)
    }
  }

  remove(namespace: Key, key: Key): void {
    const entry = this.cell.get(namespace, key)
    if (entry !== undefined) this.cell.delete(entry)
  }

  clear(namespace: Key): void {
    this.cell.drop(namespace)
  }

  *entries(namespace: Key): IterableIterator<readonly [Key, V]> {
    for (const { key, value } of this.cell.entries(namespace)) yield [key, value]
  }
}

class EndingStore<V> implements Store<V> {
  readonly cell: MemoryCell<Held<V>>
  readonly #ttl: TimeToLive
  readonly #expiry: Expiry
  readonly #host: KernelHost

  constructor(
    host: KernelHost,
    name: string,
    { wire, ttl, expiry }: { readonly wire: Wire<V>; readonly ttl: TimeToLive; readonly expiry: Expiry },
  ) {
    this.#host = host
    this.#ttl = ttl
    this.#expiry = expiry
    this.cell = host.state.keyed(name, heldWire(wire))
    for (const namespace of this.cell.namespaces())
      for (const entry of this.cell.entries(namespace)) this.#settle(entry)
  }

  read(namespace: Key, key: Key, call: Call): V | undefined {
    const held = this.cell.get(namespace, key)?.value
    return held === undefined || held.time <= this.#now(call) ? undefined : held.value
  }

  write(namespace: Key, key: Key, { value, call }: { readonly value: V; readonly call: Call }): void {
    const now = this.#now(call)
    const time = now + this.#ttl.ms
    // What has expired comes anew, whether it was removed already or not.
    if ((this.cell.get(namespace, key)?.value.time ?? time) <= now) this.remove(namespace, key)
    const entry = this.cell.get(namespace, key)
    if (entry === undefined) {
      call.checkKey()
      this.#settle(this.cell.create(namespace, key, newHeld(value, time)))
      return
    }
    const held = entry.value
    held.value = value
    // Elements come out of order: what an earlier one writes is not gone sooner.
    held.time = Math.max(held.time, time)
    this.cell.touch(entry)
    this.#expiry.moved(held)
  }

  remove(namespace: Key, key: Key): void {
    const entry = this.cell.get(namespace, key)
    if (entry === undefined) return
    this.#expiry.remove(entry.value)
    this.cell.delete(entry)
  }

  clear(namespace: Key): void {
    for (const { value } of this.cell.entries(namespace)) this.#expiry.remove(value)
    this.cell.drop(namespace)
  }

  *entries(namespace: Key, call: Call): IterableIterator<readonly [Key, V]> {
    const now = this.#now(call)
    for (const { key, value } of this.cell.entries(namespace)) if (value.time > now) yield [key, value.value]
  }

  #now(call: Call): number {
    return this.#ttl.time === 'event' ? call.instant : this.#host.now()
  }

  #settle(entry: Entry<Held<V>>): void {
    const held = entry.value
    held.entry = entry
    held.cell = this.cell
    this.#expiry.add(held)
  }
}

function newHeld<V>(value: V, time: number): Held<V> {
  return { value, time, at: Number.NaN, entry: undefined, cell: undefined }
}

/** Values with their end: `[value, end]`; of those that grow, what was added with the end. */
function heldWire<V>({ encode, decode, grows }: Wire<V>): Wire<Held<V>> {
  const read = (wire: unknown): readonly [unknown, number] => wire as readonly [unknown, number]
  const plain: Wire<Held<V>> = {
    encode: ({ value, time }) => [encode(value), time],
    decode: wire => {
      const [value, time] = read(wire)
      return newHeld(decode(value), time)
    },
  }
  if (grows === undefined) return plain
  return {
    ...plain,
    grows: {
      take: ({ value, time }) => {
        const addition = grows.take(value)
        return addition && { from: addition.from, added: [addition.added, time] }
      },
      add: (held, { from, added }) => {
        const [parts, time] = read(added)
        return newHeld(grows.add(held?.value, { from, added: parts }), time)
      },
    },
  }
}
