/**
 * Queries of Nexmark by hand: each reads the same blobs from the same SQLite file, extracts the same events with
 * the same codec, and writes the same records of results, what changed in its state, and its positions in one
 * transaction each 100 ms. It knows its four partitions, and nothing of keys, operators, restarts or workers.
 */
import { DatabaseSync } from 'node:sqlite'
import { type Codec, json, type ValueOf } from 'sluice'
import {
  EVENTS,
  eventCodec,
  isAuction,
  isBid,
  isPerson,
  type NexmarkEvent,
  PARTITIONS,
} from '../examples/nexmark/events.ts'
import { BatchBuilder, BatchCursor } from '../src/broker/index.ts'
import { ByteWriter, msgpack } from '../src/codec/index.ts'

/** The queries that are written by hand. */
export const BY_HAND: readonly string[] = ['q0', 'q1', 'q2', 'q3', 'q5', 'q8']

const BOUND_MS = 4000
const WINDOW_MS = 10_000
const HOP_MS = 2000
const COMMIT_INTERVAL_MS = 100

/** What a query does with each event, and when event time has come so far. */
interface ByHand {
  event(event: NexmarkEvent): void
  /** Everything up to this time has come. */
  passed?(watermark: number): void
}

/** Runs a query over the events of the file. */
export function runByHand(name: string, file: string): void {
  const log = new Log(file)
  const query = QUERIES[name]?.(log)
  if (query === undefined) throw new Error(`${name} is not written by hand`)
  log.run(query)
  log.close()
}

const row = { auction: 'integer', bidder: 'integer', price: 'integer' } as const

const QUERIES: Readonly<Record<string, (log: Log) => ByHand>> = {
  q0: log => {
    const codec = json({ ...row, dateTime: 'integer', extra: 'string' })
    return { event: event => isBid(event) && log.write(codec, event, event.dateTime) }
  },
  q1: log => {
    const codec = json({ ...row, price: 'string', dateTime: 'integer', extra: 'string' })
    return {
      event: event => {
        if (!isBid(event)) return
        const { auction, bidder, dateTime, extra } = event
        const price = ((908 * event.price) / 1000).toFixed(3)
        log.write(codec, { auction, bidder, price, dateTime, extra }, dateTime)
      },
    }
  },
  q2: log => {
    const codec = json({ auction: 'integer', price: 'integer' })
    return {
      event: event => {
        if (isBid(event) && event.auction % 123 === 0) log.write(codec, event, event.dateTime)
      },
    }
  },
  q3: log => new SellersByHand(log),
  q5: log => new HotByHand(log),
  q8: log => new NewSellersByHand(log),
}

const seller = json({ name: 'string', city: 'string', state: 'string', id: 'integer' })

/** Auctions of category 10 and their sellers in three states, whoever comes first. */
class SellersByHand implements ByHand {
  readonly #log: Log
  readonly #sellers = new Map<number, Omit<ValueOf<typeof seller>, 'id'>>()
  readonly #auctions = new Map<number, number[]>()

  constructor(log: Log) {
    this.#log = log
  }

  event(event: NexmarkEvent): void {
    if (isPerson(event)) {
      const { id, name, city, state, dateTime } = event
      if (state !== 'OR' && state !== 'ID' && state !== 'CA') return
      const kept = { name, city, state }
      this.#sellers.set(id, kept)
      this.#log.change(['seller', id], kept)
      for (const auction of this.#auctions.get(id) ?? [])
        this.#log.write(seller, { ...kept, id: auction }, dateTime)
    } else if (isAuction(event) && event.category === 10) {
      const { id, seller: by, dateTime } = event
      const known = this.#auctions.get(by)
      if (known === undefined) this.#auctions.set(by, [id])
      else known.push(id)
      this.#log.change(['auction', by, id], true)
      const kept = this.#sellers.get(by)
      if (kept !== undefined) this.#log.write(seller, { ...kept, id }, dateTime)
    }
  }
}

const hot = json({ auction: 'integer', bids: 'integer', windowStart: 'integer', windowEnd: 'integer' })

/** The auctions with the most bids, in windows of five slices of two seconds. */
class HotByHand implements ByHand {
  readonly #log: Log
  readonly #slices = new Map<number, Map<number, number>>()
  #next = Number.NaN

  constructor(log: Log) {
    this.#log = log
  }

  event(event: NexmarkEvent): void {
    if (!isBid(event)) return
    const { auction, dateTime } = event
    const start = dateTime - (dateTime % HOP_MS)
    let slice = this.#slices.get(start)
    if (slice === undefined) {
      slice = new Map()
      this.#slices.set(start, slice)
    }
    const count = (slice.get(auction) ?? 0) + 1
    slice.set(auction, count)
    this.#log.change([start, auction], count)
  }

  passed(watermark: number): void {
    const starts = [...this.#slices.keys()]
    if (starts.length === 0) return
    const first = Math.min(...starts) - WINDOW_MS + HOP_MS
    let start = Number.isNaN(this.#next) ? first : Math.max(first, this.#next)
    const last = Math.max(...starts)
    for (; start + WINDOW_MS - 1 <= watermark && start <= last; start += HOP_MS) this.#close(start)
    this.#next = start
  }

  #close(start: number): void {
    const counts = new Map<number, number>()
    for (let at = start; at < start + WINDOW_MS; at += HOP_MS) {
      for (const [auction, count] of this.#slices.get(at) ?? [])
        counts.set(auction, (counts.get(auction) ?? 0) + count)
    }
    let most = 0
    for (const count of counts.values()) if (count > most) most = count
    for (const [auction, bids] of counts) {
      if (bids !== most) continue
      const windowEnd = start + WINDOW_MS
      this.#log.write(hot, { auction, bids, windowStart: start, windowEnd }, windowEnd - 1)
    }
    this.#slices.delete(start)
  }
}

const newSeller = json({ id: 'integer', name: 'string', windowStart: 'integer' })

/** Persons who opened an auction in the window in which they registered. */
class NewSellersByHand implements ByHand {
  readonly #log: Log
  readonly #windows = new Map<
    number,
    { readonly persons: Map<number, string>; readonly sellers: Set<number> }
  >()

  constructor(log: Log) {
    this.#log = log
  }

  event(event: NexmarkEvent): void {
    if (isBid(event)) return
    const start = event.dateTime - (event.dateTime % WINDOW_MS)
    let window = this.#windows.get(start)
    if (window === undefined) {
      window = { persons: new Map(), sellers: new Set() }
      this.#windows.set(start, window)
    }
    if (isPerson(event)) {
      window.persons.set(event.id, event.name)
      this.#log.change([start, 'person', event.id], event.name)
    } else if (!window.sellers.has(event.seller)) {
      window.sellers.add(event.seller)
      this.#log.change([start, 'seller', event.seller], true)
    }
  }

  passed(watermark: number): void {
    for (const [start, { persons, sellers }] of this.#windows) {
      if (start + WINDOW_MS - 1 > watermark) continue
      for (const [id, name] of persons)
        if (sellers.has(id))
          this.#log.write(newSeller, { id, name, windowStart: start }, start + WINDOW_MS - 1)
      this.#windows.delete(start)
    }
  }
}

/** The file: events come from it, results, changes of state and positions go to it. */
class Log {
  readonly #database: DatabaseSync
  readonly #writer = new ByteWriter()
  readonly #keys = new ByteWriter()
  readonly #state = msgpack<unknown>()
  readonly #out = new BatchBuilder()
  readonly #changes = new BatchBuilder()
  /** Of what changed, the newest is written: by the text of its key. */
  #changed = new Map<string, { readonly key: unknown; readonly value: unknown }>()
  #committedAt = performance.now()

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 10_000 })
    this.#database.exec(`
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS by_hand_log (id INTEGER PRIMARY KEY, kind TEXT, count INTEGER, bytes BLOB);
      CREATE TABLE IF NOT EXISTS by_hand_position (part INTEGER PRIMARY KEY, next INTEGER)`)
  }

  write<T>(codec: Codec<T>, value: T, timestamp: number): void {
    this.#writer.clear()
    codec.encode(value, this.#writer)
    this.#out.appendWritten(null, this.#writer, timestamp)
  }

  change(key: readonly (string | number)[], value: unknown): void {
    this.#changed.set(key.join(), { key, value })
  }

  /** A batch of each partition after the other, so that none is far ahead. */
  run(query: ByHand): void {
    const rows = this.#database.prepare(
      `SELECT base_offset, count, bytes FROM batches
         WHERE partition_id = (SELECT id FROM partitions WHERE topic = '${EVENTS}' AND partition = ?)
         AND base_offset >= ? ORDER BY base_offset LIMIT 1`,
    )
    const next = Array.from({ length: PARTITIONS }, () => 0)
    const watermarks = Array.from({ length: PARTITIONS }, () => Number.NEGATIVE_INFINITY)
    const cursor = new BatchCursor()
    for (let left = PARTITIONS; left > 0; ) {
      left = PARTITIONS
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const batch = rows.get(partition, next[partition] ?? 0) as Batch | undefined
        if (batch === undefined) {
          left--
          watermarks[partition] = Number.POSITIVE_INFINITY
          continue
        }
        const { base_offset: baseOffset, count, bytes } = batch
        cursor.load({ baseOffset, count, bytes, maxTimestamp: 0, appendTime: undefined })
        let newest = watermarks[partition] ?? 0
        while (cursor.next()) {
          const event = eventCodec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
          query.event(event)
          const watermark = event.dateTime - BOUND_MS - 1
          if (watermark > newest) newest = watermark
        }
        watermarks[partition] = newest
        next[partition] = baseOffset + count
      }
      query.passed?.(Math.min(...watermarks))
      if (performance.now() - this.#committedAt >= COMMIT_INTERVAL_MS) this.#commit(next)
    }
    this.#commit(next)
  }

  close(): void {
    this.#database.close()
  }

  #commit(next: readonly number[]): void {
    for (const { key, value } of this.#changed.values()) {
      this.#keys.clear()
      this.#state.encode(key, this.#keys)
      this.#writer.clear()
      this.#state.encode(value, this.#writer)
      this.#changes.appendWritten(this.#keys.buffer.subarray(0, this.#keys.length), this.#writer, 0)
    }
    this.#changed = new Map()
    this.#database.exec('BEGIN IMMEDIATE')
    const insert = this.#database.prepare('INSERT INTO by_hand_log (kind, count, bytes) VALUES (?, ?, ?)')
    for (const [kind, builder] of [
      ['out', this.#out],
      ['state', this.#changes],
    ] as const) {
      const batch = builder.build()
      if (batch !== undefined) insert.run(kind, batch.count, batch.bytes)
    }
    const place = this.#database.prepare('INSERT OR REPLACE INTO by_hand_position VALUES (?, ?)')
    for (const [partition, offset] of next.entries()) place.run(partition, offset)
    this.#database.exec('COMMIT')
    this.#committedAt = performance.now()
  }
}

interface Batch {
  readonly base_offset: number
  readonly count: number
  readonly bytes: Uint8Array
}
