/**
 * The state of one (step, shard) without its program: every entry as its last commit left it, in bytes.
 *
 * Values that grow stay what was written first and what was added since: only the step knows how to put
 * them together. Invariant: writing `changes` and replaying them gives the state that was read.
 */
import { BatchBuilder, type BatchCursor, type EncodedBatch } from '../broker/index.ts'
import { ByteWriter, type Key, KeyMap, msgpack } from '../codec/index.ts'
import { readAddress } from './shard-state.ts'
import { encodeMarker } from './state-log.ts'

/** So many bytes of a snapshot are appended at once. */
const CHUNK_BYTES = 256_000

/** One entry as it is written. */
export interface RawEntry {
  readonly cell: string
  readonly namespace: Key
  readonly key: Key
  /** What msgpack made of it; null where it was only added to. */
  readonly value: Uint8Array | null
  /** What was added since, in order. */
  readonly additions: readonly RawAddition[]
}

/** What was added to a value behind so many parts. */
export interface RawAddition {
  readonly from: number
  readonly added: Uint8Array
}

interface KeptEntry extends RawEntry {
  readonly additions: RawAddition[]
}

const codec = msgpack<unknown>()

/** The entries of one (step, shard). */
export class RawState {
  readonly #cells = new Map<string, KeyMap<KeyMap<KeptEntry>>>()
  #size = 0

  /** How many entries there are. */
  get size(): number {
    return this.#size
  }

  /** Applies the change record that the cursor stands on. */
  apply(cursor: BatchCursor): void {
    const { cell, namespace, key, from } = readAddress(cursor)
    if (key === undefined) return this.#drop(cell, namespace)
    const value = cursor.value()
    if (value === null) return this.#delete(cell, namespace, key)
    if (from === undefined) return this.put({ cell, namespace, key, value, additions: [] })
    const before = this.#cells.get(cell)?.get(namespace)?.get(key)
    if (before !== undefined) before.additions.push({ from, added: value })
    else this.put({ cell, namespace, key, value: null, additions: [{ from, added: value }] })
  }

  /** Adds an entry, in place of the one at its address. */
  put({ cell, namespace, key, value, additions }: RawEntry): void {
    const spaces = this.#cells.get(cell) ?? new KeyMap<KeyMap<KeptEntry>>()
    this.#cells.set(cell, spaces)
    const entries = spaces.get(namespace) ?? new KeyMap<KeptEntry>()
    spaces.set(namespace, entries)
    if (entries.get(key) === undefined) this.#size++
    entries.set(key, { cell, namespace, key, value, additions: [...additions] })
  }

  /** All entries, cell by cell. */
  *entries(): Generator<RawEntry> {
    for (const spaces of this.#cells.values()) {
      for (const entries of spaces.values()) yield* entries.values()
    }
  }

  #delete(cell: string, namespace: Key, key: Key): void {
    const spaces = this.#cells.get(cell)
    const entries = spaces?.get(namespace)
    if (spaces === undefined || entries?.get(key) === undefined) return
    entries.delete(key)
    this.#size--
    if (entries.size === 0) spaces.delete(namespace)
  }

  #drop(cell: string, namespace: Key): void {
    const spaces = this.#cells.get(cell)
    this.#size -= spaces?.get(namespace)?.size ?? 0
    spaces?.delete(namespace)
  }
}

/**
 * A snapshot of entries, for the snapshot topic of their step: batches in order, each small. It counts
 * once the batch of `end` is behind them, and nothing of the changelog before `changelogFrom` is read then.
 */
export class RawSnapshot {
  readonly #batch = new BatchBuilder()
  readonly #timestamp: number
  readonly #changelogFrom: number

  constructor(changelogFrom: number, timestamp: number) {
    this.#timestamp = timestamp
    this.#changelogFrom = changelogFrom
    this.#batch.append(null, encodeMarker({ kind: 'begin', changelogFrom }), timestamp)
  }

  /** Adds an entry, and gives a batch when one is full. */
  add(entry: RawEntry): EncodedBatch | undefined {
    writeEntry(entry, this.#batch, this.#timestamp)
    return this.#batch.length < CHUNK_BYTES ? undefined : this.#batch.build()
  }

  /** What has not been given yet. */
  rest(): EncodedBatch | undefined {
    return this.#batch.build()
  }

  /** The record that makes it count. */
  end(): EncodedBatch | undefined {
    this.#batch.append(
      null,
      encodeMarker({ kind: 'end', changelogFrom: this.#changelogFrom }),
      this.#timestamp,
    )
    return this.#batch.build()
  }
}

function writeEntry(
  { cell, namespace, key, value, additions }: RawEntry,
  batch: BatchBuilder,
  timestamp: number,
): void {
  const append = (address: readonly unknown[], bytes: Uint8Array): void => {
    const writer = new ByteWriter(64)
    codec.encode(address, writer)
    batch.append(writer.toBytes(), bytes, timestamp)
  }
  if (value !== null) append([cell, namespace, key], value)
  for (const { from, added } of additions) append([cell, namespace, key, from], added)
}
