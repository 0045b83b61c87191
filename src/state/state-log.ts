/**
 * Where the state of one (step, shard) lies in the log: a changelog, and now and then a snapshot
 * after which the older changelog is cut off.
 *
 * A snapshot is taken chunk by chunk, each chunk within an ordinary commit, while the state goes
 * on changing. That is right because change records carry whole entries: replaying the changelog
 * from where it stood when the snapshot began brings every entry to its newest version.
 *
 * The snapshot topic holds `begin` (id, changelog position), entries, `end` (id); an older snapshot
 * is purged by the commit after the one that wrote `end`.
 */
import { type Append, BatchBuilder, BatchCursor, type Broker, type PartitionInfo } from '../broker/index.ts'
import { ByteWriter, msgpack } from '../codec/index.ts'
import { StateError } from '../errors.ts'
import type { ShardState } from './shard-state.ts'

/** A snapshot is taken once the changelog since the last one is larger than this and than twice that snapshot. */
export const SNAPSHOT_AFTER_BYTES = 4_000_000
/** How many bytes of a snapshot one commit carries. */
export const SNAPSHOT_CHUNK_BYTES = 256_000

/** The topics of a step's state. */
export interface StateTopics {
  readonly changelog: string
  readonly snapshot: string
}

/** A log position before which nothing is needed. */
export interface Purge {
  readonly topic: string
  readonly partition: number
  readonly before: number
}

interface Running {
  readonly rows: Generator<void>
  readonly changelogFrom: number
  bytes: number
}

/** What stands around the entries of a snapshot. */
export type Marker =
  | { readonly kind: 'begin'; readonly changelogFrom: number }
  | { readonly kind: 'end'; readonly changelogFrom: number }

const markers = msgpack<Marker>()

/** Where a changelog stood when its state was restored. */
export interface RestoredLog {
  readonly changelogNext: number
  /** The bytes since the last snapshot. */
  readonly changelogBytes: number
}

/** Writes a shard's changes and snapshots into the commits of its owner. */
export class StateLog {
  readonly #state: ShardState
  readonly #topics: StateTopics
  readonly #shard: number
  readonly #snapshotAfterBytes: number
  readonly #batch = new BatchBuilder()
  #changelogNext: number
  #bytesSince: number
  #lastSnapshotBytes = 0
  #running: Running | undefined
  #purges: readonly Purge[] = []
  /** For each append of the commit under way: what to do with its base offset. */
  #pending: ((base: number) => void)[] = []

  constructor(
    state: ShardState,
    topics: StateTopics,
    shard: number,
    restored: RestoredLog,
    snapshotAfterBytes: number = SNAPSHOT_AFTER_BYTES,
  ) {
    this.#state = state
    this.#topics = topics
    this.#shard = shard
    this.#changelogNext = restored.changelogNext
    this.#bytesSince = restored.changelogBytes
    this.#snapshotAfterBytes = snapshotAfterBytes
  }

  /** What the next commit has to append and may purge; `committed` must follow. */
  prepare(timestamp: number): { readonly appends: readonly Append[]; readonly purges: readonly Purge[] } {
    const purges = this.#purges
    this.#purges = []
    const appends: Append[] = []
    this.#pending = []
    this.#writeChanges(timestamp, appends)
    this.#writeSnapshot(timestamp, appends)
    return { appends, purges }
  }

  /** The commit is durable; `bases` are the base offsets of the appends of `prepare`, in order. */
  committed(bases: readonly number[]): void {
    this.#pending.forEach((settle, index) => {
      settle(bases[index] ?? 0)
    })
    this.#pending = []
  }

  #writeChanges(timestamp: number, appends: Append[]): void {
    if (this.#state.changed === 0) return
    this.#state.writeChanges(this.#batch, timestamp)
    const batch = this.#batch.build()
    if (batch === undefined) return
    this.#bytesSince += batch.bytes.length
    appends.push({ topic: this.#topics.changelog, partition: this.#shard, batch })
    this.#pending.push(base => {
      this.#changelogNext = base + batch.count
    })
  }

  #writeSnapshot(timestamp: number, appends: Append[]): void {
    const due = Math.max(this.#snapshotAfterBytes, 2 * this.#lastSnapshotBytes)
    const begins = this.#running === undefined && this.#bytesSince > due
    if (begins) this.#begin(timestamp)
    const running = this.#running
    if (running === undefined) return
    let done = false
    while (!done && this.#batch.length < SNAPSHOT_CHUNK_BYTES) done = running.rows.next().done === true
    running.bytes += this.#batch.length
    if (done) this.#mark({ kind: 'end', changelogFrom: running.changelogFrom }, timestamp)
    const batch = this.#batch.build()
    if (batch === undefined) return
    appends.push({ topic: this.#topics.snapshot, partition: this.#shard, batch })
    this.#pending.push(base => {
      if (begins) this.#beginOffset = base
      if (done) this.#finish(running)
    })
  }

  #beginOffset = 0

  #begin(timestamp: number): void {
    const changelogFrom = this.#changelogNext
    this.#mark({ kind: 'begin', changelogFrom }, timestamp)
    this.#running = { rows: this.#state.writeSnapshot(this.#batch, timestamp), changelogFrom, bytes: 0 }
    this.#bytesSince = 0
  }

  #finish(running: Running): void {
    this.#lastSnapshotBytes = running.bytes
    this.#running = undefined
    const partition = this.#shard
    this.#purges = [
      { topic: this.#topics.snapshot, partition, before: this.#beginOffset },
      { topic: this.#topics.changelog, partition, before: running.changelogFrom },
    ]
  }

  #mark(marker: Marker, timestamp: number): void {
    this.#batch.append(null, encodeMarker(marker), timestamp)
  }
}

/** Where logs are read: a broker, or a moment of one. */
export type LogSource = Pick<Broker, 'partitions' | 'reader'>

/** Called between two batches, so that other work of the process may have its turn. */
export type Breathe = () => Promise<void>

/**
 * Brings `state` to its last committed version: the last complete snapshot, then the changelog
 * after it. `state` must be new. Much state takes long: `breathe` is called again and again.
 */
export async function restoreState(
  broker: LogSource,
  topics: StateTopics,
  shard: number,
  state: Pick<ShardState, 'apply'>,
  breathe: Breathe = async () => {},
): Promise<RestoredLog> {
  const log = (topic: string): Log => ({ broker, topic, partition: shard, breathe })
  const snapshot = await findSnapshot(log(topics.snapshot))
  if (snapshot !== undefined) {
    await eachRecord(log(topics.snapshot), snapshot.begin, snapshot.end, cursor => {
      if (cursor.keyStart >= 0) state.apply(cursor)
    })
  }
  const bounds = await boundsOf(broker, topics.changelog, shard)
  const from = snapshot?.changelogFrom ?? 0
  if (bounds.start > from) {
    throw new StateError(
      'STATE_CORRUPT',
      `the changelog ${topics.changelog}/${shard} begins at offset ${bounds.start}, but the last complete snapshot needs it from ${from}: restore a backup, or reset the group`,
    )
  }
  await eachRecord(log(topics.changelog), from, bounds.end, cursor => {
    state.apply(cursor)
  })
  return { changelogNext: bounds.end, changelogBytes: bounds.bytes }
}

interface FoundSnapshot {
  readonly begin: number
  readonly end: number
  readonly changelogFrom: number
}

/** One partition of a state topic, on its way back into memory. */
interface Log {
  readonly broker: LogSource
  readonly topic: string
  readonly partition: number
  readonly breathe: Breathe
}

async function findSnapshot(log: Log): Promise<FoundSnapshot | undefined> {
  const bounds = await boundsOf(log.broker, log.topic, log.partition)
  let begin = -1
  let found: FoundSnapshot | undefined
  await eachRecord(log, bounds.start, bounds.end, cursor => {
    if (cursor.keyStart >= 0) return
    const marker = decodeMarker(cursor)
    if (marker.kind === 'begin') begin = cursor.offset
    else if (begin >= 0) found = { begin, end: cursor.offset, changelogFrom: marker.changelogFrom }
  })
  return found
}

async function boundsOf(broker: LogSource, topic: string, partition: number): Promise<PartitionInfo> {
  return (await broker.partitions(topic))[partition] ?? { start: 0, end: 0, bytes: 0 }
}

async function eachRecord(
  { broker, topic, partition, breathe }: Log,
  from: number,
  to: number,
  visit: (cursor: BatchCursor) => void,
): Promise<void> {
  if (from >= to) return
  const reader = broker.reader(topic, partition, from)
  const cursor = new BatchCursor()
  try {
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) if (cursor.offset >= from && cursor.offset < to) visit(cursor)
      if (reader.position >= to) return
      await breathe()
    }
  } finally {
    reader.close()
  }
}

function decodeMarker(cursor: BatchCursor): Marker {
  const marker: Partial<Marker> | null | undefined = markers.decode(
    cursor.bytes,
    cursor.valueStart,
    cursor.valueEnd,
  )
  const isMarker = marker?.kind === 'begin' || marker?.kind === 'end'
  if (isMarker && Number.isSafeInteger(marker.changelogFrom)) return marker as Marker
  throw new StateError('STATE_CORRUPT', `offset ${cursor.offset} of the snapshot is not a marker`)
}

/** The value of a record without a key. */
export function encodeMarker(marker: Marker): Uint8Array {
  const writer = new ByteWriter(64)
  markers.encode(marker, writer)
  return writer.toBytes()
}
