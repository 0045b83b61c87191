/**
 * The file of a savepoint, which depends on no broker. Version 1:
 *
 *     the line "sluice savepoint 1"
 *     rows, each: length of its bytes (uint32 LE), checksum (uint32 LE), bytes
 *
 * The bytes of a row are MessagePack, a `SavepointRow` (entries of state as arrays, which are shorter). The
 * checksum is the CRC-32 of the row's bytes, begun with the checksum of the row before: so a row that is
 * missing or stands elsewhere is noticed, as a changed one is. The last row says how many there are.
 *
 * Invariant: a file that has its name is complete.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { EncodedBatch } from '../../broker/index.ts'
import { ByteWriter, isKey, msgpack } from '../../codec/index.ts'
import { BrokerError, messageOf, StateError, UsageError } from '../../errors.ts'
import type { RawAddition, RawEntry } from '../../state/index.ts'

const FIRST_LINE = 'sluice savepoint '
const VERSION = 1
const LINE_BYTES = FIRST_LINE.length + 2
const ROW_HEAD_BYTES = 8
const WRITE_BYTES = 256_000
/** A longer row is no row: no batch or entry is that large. */
const MAX_ROW_BYTES = 2 ** 30

/** What a savepoint says of itself. */
export interface SavepointHead {
  readonly kind: 'head'
  readonly app: string
  readonly name: string
  /** When it was begun, epoch milliseconds. */
  readonly createdAt: number
  readonly madeBy: string
  /** The broker that it was taken from. */
  readonly broker: string
  readonly shards: number
  /** The number of the last run. */
  readonly run: number
  /** The fingerprint of each step that leaves anything, by step. */
  readonly state: Readonly<Record<string, string>>
  /** The topics for people that positions count in, with their partitions. */
  readonly topics: Readonly<Record<string, number>>
}

/** Where an input stood. */
export interface SavepointPosition {
  readonly kind: 'position'
  readonly step: string
  readonly partition: number
  /** The topic; null for one that counts in none. In the app's own topics it counts from the first record of the savepoint. */
  readonly topic: string | null
  readonly next: number
  readonly progress: Uint8Array
}

/** A batch of one of the app's own topics. */
export interface SavepointRecords extends EncodedBatch {
  readonly kind: 'records'
  readonly topic: string
  readonly partition: number
}

/** The entries that follow belong to this step and shard. */
export interface SavepointShard {
  readonly kind: 'shard'
  readonly step: string
  readonly shard: number
}

/** An entry of state. */
export interface SavepointEntry extends RawEntry {
  readonly kind: 'entry'
}

/** A row of a savepoint: head, positions, records, then for each step and shard its entries, end. */
export type SavepointRow =
  | SavepointHead
  | SavepointPosition
  | SavepointRecords
  | SavepointShard
  | SavepointEntry
  | { readonly kind: 'end'; readonly rows: number }

const codec = msgpack<unknown>()

/** Writes a savepoint. `finish` gives it its name, `abandon` leaves nothing. */
export class SavepointWriter {
  readonly #path: string
  readonly #part: string
  readonly #file: number
  readonly #buffer = new ByteWriter()
  readonly #row = new ByteWriter()
  #checksum = 0
  #rows = 0

  constructor(path: string) {
    this.#path = path
    this.#part = `${path}.part-${process.pid}`
    removeLeftovers(path)
    try {
      this.#file = openSync(this.#part, 'w')
    } catch (thrown) {
      throw writeError(path, thrown)
    }
    this.#buffer.writeUtf8(`${FIRST_LINE}${VERSION}\n`)
  }

  write(row: SavepointRow): void {
    this.#row.clear()
    codec.encode(row.kind === 'entry' ? entryParts(row) : row, this.#row)
    const bytes = this.#row.buffer.subarray(0, this.#row.length)
    this.#checksum = crc32(bytes, this.#checksum)
    const head = Buffer.alloc(ROW_HEAD_BYTES)
    head.writeUInt32LE(bytes.length, 0)
    head.writeUInt32LE(this.#checksum, 4)
    this.#buffer.writeBytes(head)
    this.#buffer.writeBytes(bytes)
    this.#rows++
    if (this.#buffer.length >= WRITE_BYTES) this.#flush()
  }

  /** Ends the file, and gives it its name. */
  finish(): void {
    this.write({ kind: 'end', rows: this.#rows })
    this.#flush()
    try {
      fsyncSync(this.#file)
      closeSync(this.#file)
      renameSync(this.#part, this.#path)
      syncFolder(dirname(this.#path))
    } catch (thrown) {
      throw writeError(this.#path, thrown)
    }
  }

  /** Leaves nothing behind; harmless after `finish`. */
  abandon(): void {
    try {
      closeSync(this.#file)
    } catch {
      // It was closed when it was finished.
    }
    rmSync(this.#part, { force: true })
  }

  #flush(): void {
    try {
      const { buffer, length } = this.#buffer
      for (let written = 0; written < length; )
        written += writeSync(this.#file, buffer, written, length - written)
    } catch (thrown) {
      throw writeError(this.#path, thrown)
    }
    this.#buffer.clear()
  }
}

/**
 * The rows of a savepoint in order, each checked before it is given. Throws `STATE_CORRUPT` with the place for
 * a file that is damaged, cut off or none of ours, `STATE_MISMATCH` for another version, `USAGE` where there is none.
 */
export function* readSavepoint(path: string): Generator<SavepointRow> {
  const input = new SavepointInput(path)
  try {
    checkFirstLine(path, input.take(LINE_BYTES))
    let checksum = 0
    for (let rows = 0; ; rows++) {
      const at = input.position
      const head = input.take(ROW_HEAD_BYTES)
      if (head === undefined) throw damaged(path, at, 'it ends there, and was not finished')
      const length = head.readUInt32LE(0)
      const expected = head.readUInt32LE(4)
      const bytes = length > MAX_ROW_BYTES ? undefined : input.take(length)
      if (bytes === undefined) throw damaged(path, at, 'it ends in the middle of a row')
      checksum = crc32(bytes, checksum)
      if (checksum !== expected) throw damaged(path, at, 'the checksum of a row does not match')
      const row = rowOf(codec.decode(bytes, 0, bytes.length), path, at)
      if (rows === 0 && row.kind !== 'head') throw damaged(path, at, 'it does not begin with its head')
      yield row
      if (row.kind !== 'end') continue
      if (row.rows !== rows) throw damaged(path, at, `it has ${rows} rows and says ${row.rows}`)
      if (input.take(1) !== undefined) throw damaged(path, input.position, 'something follows its end')
      return
    }
  } finally {
    input.close()
  }
}

/** Throws, as `readSavepoint` does, for a file that is no savepoint of this version; whether it is whole is not looked at. */
export function checkSavepointFile(path: string): void {
  const input = new SavepointInput(path)
  try {
    checkFirstLine(path, input.take(LINE_BYTES))
  } finally {
    input.close()
  }
}

/** What a savepoint says of itself; the rest is not read. */
export function readSavepointHead(path: string): SavepointHead {
  for (const row of readSavepoint(path)) if (row.kind === 'head') return row
  throw damaged(path, 0, 'it does not begin with its head')
}

function entryParts({ cell, namespace, key, value, additions }: RawEntry): readonly unknown[] {
  return [cell, namespace, key, value, ...additions.flatMap(({ from, added }) => [from, added])]
}

/** The checksum has matched, so this is what was written; the look is for what another version wrote. */
function rowOf(row: unknown, path: string, at: number): SavepointRow {
  if (!Array.isArray(row)) {
    if (typeof row === 'object' && row !== null && 'kind' in row) return row as SavepointRow
    throw damaged(path, at, 'it is no row')
  }
  const [cell, namespace, key, value, ...rest] = row as readonly unknown[]
  const isEntry =
    typeof cell === 'string' &&
    (typeof namespace === 'number' || isKey(namespace)) &&
    isKey(key) &&
    (value === null || value instanceof Uint8Array)
  if (!isEntry) throw damaged(path, at, 'it is no entry of state')
  const additions: RawAddition[] = []
  for (let index = 0; index < rest.length; index += 2) {
    const [from, added] = rest.slice(index, index + 2)
    if (typeof from !== 'number' || !(added instanceof Uint8Array)) {
      throw damaged(path, at, 'it is no entry of state')
    }
    additions.push({ from, added })
  }
  return { kind: 'entry', cell, namespace, key, value, additions }
}

function checkFirstLine(path: string, line: Buffer | undefined): void {
  const text = line?.toString('latin1') ?? ''
  if (!text.startsWith(FIRST_LINE)) {
    throw new StateError(
      'STATE_CORRUPT',
      `${path} is no savepoint of Sluice: it does not begin with "${FIRST_LINE}"; name another file`,
    )
  }
  if (text === `${FIRST_LINE}${VERSION}\n`) return
  throw new StateError(
    'STATE_MISMATCH',
    `the savepoint ${path} has version ${text.slice(FIRST_LINE.length).trim()}; this program reads version ${VERSION}: upgrade sluice`,
  )
}

/** The bytes of a file, in order. */
class SavepointInput {
  position = 0
  readonly #file: number
  #buffer: Buffer = Buffer.alloc(0)
  readonly #path: string

  constructor(path: string) {
    this.#path = path
    try {
      this.#file = openSync(path, 'r')
    } catch (thrown) {
      throw new UsageError(`the savepoint ${path} cannot be opened: ${messageOf(thrown)}`, { cause: thrown })
    }
  }

  /** The next bytes, valid for as long as the caller likes; undefined where there are not so many. */
  take(count: number): Buffer | undefined {
    while (this.#buffer.length < count) {
      const more = Buffer.allocUnsafeSlow(Math.max(WRITE_BYTES, Math.min(count, 64 * WRITE_BYTES)))
      const read = this.#read(more)
      if (read === 0) return undefined
      this.#buffer = Buffer.concat([this.#buffer, more.subarray(0, read)])
    }
    const taken = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(count)
    this.position += count
    return taken
  }

  close(): void {
    closeSync(this.#file)
  }

  #read(into: Buffer): number {
    try {
      return readSync(this.#file, into)
    } catch (thrown) {
      throw new UsageError(`the savepoint ${this.#path} cannot be read: ${messageOf(thrown)}`, {
        cause: thrown,
      })
    }
  }
}

/** Files that processes left which were killed while they wrote. */
function removeLeftovers(path: string): void {
  const start = `${basename(path)}.part-`
  let names: readonly string[]
  try {
    names = readdirSync(dirname(path))
  } catch {
    return // Opening the file says why the folder cannot be used.
  }
  for (const name of names) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length)) : Number.NaN
    if (Number.isSafeInteger(pid) && !isAlive(pid)) rmSync(join(dirname(path), name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

/** So that the name survives a power cut as well; a system that cannot do this does it by itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function damaged(path: string, at: number, what: string): StateError {
  return new StateError(
    'STATE_CORRUPT',
    `the savepoint ${path} is damaged at byte ${at}: ${what}; take another one`,
  )
}

function writeError(path: string, thrown: unknown): BrokerError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG'
  const details = { cause: thrown }
  if (!isFull) {
    return new BrokerError('BROKER_UNAVAILABLE', `${path} cannot be written: ${messageOf(thrown)}`, details)
  }
  const why = `there is no room for ${path}: ${messageOf(thrown)}; free some space and try again`
  return new BrokerError('BROKER_FULL', why, details)
}
