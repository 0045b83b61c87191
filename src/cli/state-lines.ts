/** Reads lines as "sluice state export" writes them, and finds the shard of each. */
import { ByteWriter, isKey, type Key, msgpack, shardOfKey } from '../codec/index.ts'
import { CodecError, describeValue, messageOf } from '../errors.ts'
import type { ImportTarget } from '../runtime/index.ts'
import { type RawEntry, RawState } from '../state/index.ts'
import { fromTypedJson } from './typed-json.ts'

/** What says to which shard an entry belongs: its line, or where that does not, its key; or always one of these. */
export type ShardBy = 'line' | 'key' | 'namespace'

const codec = msgpack<unknown>()

/** Collects entries by shard. What is wrong with a line is thrown with its number; nothing has been changed then. */
export class StateLines {
  readonly #target: ImportTarget
  readonly #by: ShardBy
  readonly #shards = new Map<number, RawState>()
  #line = 0
  #count = 0

  constructor(target: ImportTarget, by: ShardBy) {
    this.#target = target
    this.#by = by
  }

  /** How many entries there are. */
  get count(): number {
    return this.#count
  }

  add(line: Buffer): void {
    this.#line++
    const text = line.toString()
    if (text.trim() === '') return
    const entry = this.#entryOf(this.#parse(text))
    const shard = this.#shardOf(entry)
    const state = this.#shards.get(shard) ?? new RawState()
    this.#shards.set(shard, state)
    const size = state.size
    state.put(entry)
    if (state.size === size) {
      throw this.#wrong(
        `is the second one for cell "${entry.cell}", namespace ${describeValue(entry.namespace)}, key ${describeValue(entry.key)}`,
      )
    }
    this.#count++
  }

  /** What was collected. */
  byShard(): ReadonlyMap<number, readonly RawEntry[]> {
    return new Map([...this.#shards].map(([shard, state]) => [shard, [...state.entries()]]))
  }

  #parse(text: string): Readonly<Record<string, unknown>> {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch (thrown) {
      throw this.#wrong(`is no JSON: ${messageOf(thrown)}`)
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw this.#wrong(`is ${describeValue(parsed)}; expected {"cell", "namespace", "key", "value"}`)
    }
    // A JSON object.
    const fields = parsed as Readonly<Record<string, unknown>>
    const step = fields['step']
    if (step !== undefined && step !== this.#target.step) {
      throw this.#wrong(
        `is of step ${describeValue(step)}, not of "${this.#target.step}": leave "step" out to put it there`,
      )
    }
    return fields
  }

  #entryOf(fields: Readonly<Record<string, unknown>>): RawEntry & { readonly shard: unknown } {
    const { cell, shard } = fields
    if (typeof cell !== 'string' || cell === '')
      throw this.#wrong('says no "cell", such as "windows" or "running"')
    const namespace = fields['namespace'] === undefined ? 0 : this.#read(fields['namespace'])
    if (typeof namespace !== 'number' && !isKey(namespace)) {
      throw this.#wrong(`has the namespace ${describeValue(namespace)}; expected a key or a number`)
    }
    const key = this.#read(fields['key'])
    if (!isKey(key)) {
      throw this.#wrong(
        `has the key ${describeValue(key)}; expected a string, finite number, boolean, {"$bigint": "…"} or an array of these`,
      )
    }
    if (!('value' in fields)) throw this.#wrong('has no "value"')
    const given = fields['additions'] ?? []
    if (!Array.isArray(given)) throw this.#wrong('has "additions" that are no list')
    const additions = given.map((addition: { readonly from?: unknown; readonly value?: unknown } | null) => {
      const from = addition?.from
      if (typeof from !== 'number' || !Number.isSafeInteger(from))
        throw this.#wrong('has an addition without "from"')
      return { from, added: this.#bytesOf(this.#read(addition?.value)) }
    })
    const value = this.#read(fields['value'])
    const isAdded = value === undefined && additions.length > 0
    return { cell, namespace, key, value: isAdded ? null : this.#bytesOf(value), additions, shard }
  }

  #shardOf({ namespace, key, shard }: RawEntry & { readonly shard: unknown }): number {
    const { shards } = this.#target
    const isOfShard = namespace === 0 && key === ''
    if (this.#by !== 'line') {
      if (isOfShard) {
        throw this.#wrong(
          'is the one value of a whole shard, which no key places: leave its cell out of the export',
        )
      }
      return shardOfKey(this.#by === 'key' ? key : this.#keyOf(namespace), shards)
    }
    if (shard === undefined) {
      if (isOfShard) throw this.#wrong('is the one value of a whole shard, and says no "shard"')
      return shardOfKey(key, shards)
    }
    if (typeof shard !== 'number' || !Number.isSafeInteger(shard) || shard < 0 || shard >= shards) {
      throw this.#wrong(`says shard ${describeValue(shard)}; there are the shards 0 to ${shards - 1}`)
    }
    const places = [key, namespace].flatMap(each => (isKey(each) ? [shardOfKey(each, shards)] : []))
    if (isOfShard || places.includes(shard)) return shard
    throw this.#wrong(
      `says shard ${shard}, where neither key ${describeValue(key)} nor its namespace belongs among ${shards}: give --by key, or --by namespace where that is the element's key`,
    )
  }

  #keyOf(namespace: Key): Key {
    if (isKey(namespace)) return namespace
    throw this.#wrong(`has the namespace ${describeValue(namespace)}, which is no key: give --by key`)
  }

  #read(json: unknown): unknown {
    try {
      return fromTypedJson(json)
    } catch (thrown) {
      throw this.#wrong(`holds what is no value: ${messageOf(thrown)}`)
    }
  }

  #bytesOf(value: unknown): Uint8Array {
    const writer = new ByteWriter(64)
    codec.encode(value, writer)
    return writer.toBytes()
  }

  #wrong(what: string): CodecError {
    return new CodecError('DECODE_FAILED', `line ${this.#line} ${what}. Nothing was changed.`)
  }
}
