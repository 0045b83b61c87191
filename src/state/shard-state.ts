/**
 * The state of one (step, shard): its cells, and their changes as records of a changelog.
 *
 * A change record's key is msgpack `[cell, namespace, key]`, or `[cell, namespace]` for a dropped
 * namespace; its value is the entry's wire form, a tombstone for a deletion. With a fourth part, `from`,
 * its value is what was added to an entry behind that many parts.
 */
import type { BatchBuilder, BatchCursor } from '../broker/index.ts'
import { ByteWriter, isKey, type Key, msgpack } from '../codec/index.ts'
import { CodecError, describeValue, messageOf, StateError } from '../errors.ts'
import { type Change, KeyedCell } from './cell.ts'
import { Cells } from './cells.ts'
import type { Wire } from './wire.ts'

const codec = msgpack<unknown>()

/** The cells of one (step, shard). */
export class ShardState extends Cells {
  readonly #cells = new Map<string, KeyedCell<unknown>>()
  /** Changes that were restored before their cell was opened. */
  readonly #waiting = new Map<string, Change[]>()
  readonly #keyBytes = new ByteWriter()
  readonly #valueBytes = new ByteWriter()

  protected override makeCell<V>(name: string, wire: Wire<V>): KeyedCell<V> {
    const cell = new KeyedCell<V>(name, wire)
    this.#cells.set(name, cell)
    for (const change of this.#waiting.get(name) ?? []) cell.apply(change)
    this.#waiting.delete(name)
    return cell
  }

  override tryOut(value: unknown): void {
    this.#valueBytes.clear()
    codec.encode(value, this.#valueBytes)
  }

  /** How many entries have changed since the last commit. */
  get changed(): number {
    let changed = 0
    for (const cell of this.#cells.values()) changed += cell.changed
    return changed
  }

  /** Appends what changed since the last call to `batch`, and forgets it. */
  writeChanges(batch: BatchBuilder, timestamp: number): void {
    for (const cell of this.#cells.values()) {
      if (cell.changed === 0) continue
      cell.changes(change => {
        this.#write(cell.name, change, batch, timestamp)
      })
    }
  }

  /** All entries, written one by one as the caller asks; the cells may change in between. */
  *writeSnapshot(batch: BatchBuilder, timestamp: number): Generator<void> {
    for (const cell of this.#cells.values()) {
      for (const change of cell.snapshot()) {
        this.#write(cell.name, change, batch, timestamp)
        yield
      }
    }
  }

  /** Applies the change record that the cursor stands on. */
  apply(cursor: BatchCursor): void {
    const { cell: name, namespace, key, from } = readAddress(cursor)
    if (key === undefined) this.#apply(name, { kind: 'drop', namespace })
    else if (cursor.valueStart < 0) this.#apply(name, { kind: 'delete', namespace, key })
    else {
      const value = codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
      if (from === undefined) this.#apply(name, { kind: 'put', namespace, key, value })
      else this.#apply(name, { kind: 'grow', namespace, key, addition: { from, added: value } })
    }
  }

  #apply(name: string, change: Change): void {
    const cell = this.#cells.get(name)
    if (cell !== undefined) return cell.apply(change)
    const waiting = this.#waiting.get(name)
    if (waiting === undefined) this.#waiting.set(name, [change])
    else waiting.push(change)
  }

  #write(cell: string, change: Change, batch: BatchBuilder, timestamp: number): void {
    this.#keyBytes.clear()
    codec.encode(addressOf(cell, change), this.#keyBytes)
    const key = this.#keyBytes.buffer.subarray(0, this.#keyBytes.length)
    if (change.kind !== 'put' && change.kind !== 'grow') return batch.append(key, null, timestamp)
    this.#valueBytes.clear()
    try {
      codec.encode(change.kind === 'put' ? change.value : change.addition.added, this.#valueBytes)
    } catch (thrown) {
      throw new CodecError(
        'ENCODE_FAILED',
        `cell "${cell}" cannot be stored for key ${describeValue(change.key)}: ${messageOf(thrown)}; state is plain data`,
        { cause: thrown },
      )
    }
    batch.appendWritten(key, this.#valueBytes, timestamp)
  }
}

/** What a change record says that it changes. */
export interface ChangeAddress {
  readonly cell: string
  readonly namespace: Key
  /** Undefined for a dropped namespace. */
  readonly key: Key | undefined
  /** Behind how many parts its value is added; undefined for a whole value. */
  readonly from: number | undefined
}

/** Reads the address of the change record that the cursor stands on. Throws `STATE_CORRUPT`. */
export function readAddress(cursor: BatchCursor): ChangeAddress {
  const address = codec.decode(cursor.bytes, cursor.keyStart, cursor.keyEnd)
  const [cell, namespace, key, from] = Array.isArray(address) ? (address as unknown[]) : []
  const isRight =
    typeof cell === 'string' &&
    (typeof namespace === 'number' || isKey(namespace)) &&
    (key === undefined || isKey(key)) &&
    (from === undefined || Number.isSafeInteger(from))
  // Of what is left, only a safe integer can be `from`.
  if (isRight) return { cell, namespace, key, from: from as number | undefined }
  throw new StateError('STATE_CORRUPT', `offset ${cursor.offset} of the changelog is not a change record`)
}

function addressOf(cell: string, change: Change): readonly unknown[] {
  const { kind, namespace } = change
  if (kind === 'drop') return [cell, namespace]
  return kind === 'grow' ? [cell, namespace, change.key, change.addition.from] : [cell, namespace, change.key]
}
