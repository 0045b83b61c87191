/**
 * What travels in a repartition topic: chunks, each with elements or partials of one channel (one
 * producing task) for one shard, and a mark: the channel's watermark after them.
 *
 * Layout: kind, channel, mark, table of origins, count of rows, rows. A row is key, times as
 * differences, origin, and the value as msgpack; an element costs a few bytes more than its value.
 */
import { ByteReader, ByteWriter, decodeKey, encodeKeyCompact, type Key, msgpack } from '../codec/index.ts'
import { CodecError } from '../errors.ts'
import type { Context, Origin, Partial } from '../graph/index.ts'

/** How far a channel has come. */
export interface Mark {
  /** Elements that follow on the channel are later than this; −∞ when nothing is known. */
  readonly watermark: number
  readonly idle: boolean
  /** Where its source partition had ended when it became idle; −1: not known. */
  readonly idleAt: number
  /** The run in which the channel has ended; 0: it has not. */
  readonly endedRun: number
}

/** What is inside a chunk. */
export type ChunkKind = 'elements' | 'partials'

const KINDS: readonly ChunkKind[] = ['elements', 'partials']
const NO_WATERMARK = 1
const values = msgpack<unknown>()

/** Collects the rows of one chunk. */
export class ChunkWriter {
  rows = 0
  readonly #kind: ChunkKind
  readonly #body = new ByteWriter()
  readonly #scratch = new ByteWriter()
  #origins: Origin[] = []
  #time = 0
  #offset = 0

  constructor(kind: ChunkKind) {
    this.#kind = kind
  }

  /** The size so far, in bytes. */
  get length(): number {
    return this.#body.length
  }

  /** Adds an element. Throws `ENCODE_FAILED` and adds nothing when the value cannot travel. */
  addElement(key: Key, value: unknown, context: Context): void {
    this.#scratch.clear()
    values.encode(value, this.#scratch)
    const body = this.#body
    writeKey(key, body)
    body.writeSigned(context.time - this.#time)
    body.writeSigned(context.timestamp - context.time)
    const hasEntry = context.entryWatermark !== Number.NEGATIVE_INFINITY
    // One bit says "none", so that the usual small difference stays one or two bytes.
    body.writeVarint(hasEntry ? zigzag(context.time - context.entryWatermark) * 2 : NO_WATERMARK)
    body.writeVarint(this.#originNumber(context.origin))
    body.writeSigned(context.offset - this.#offset)
    body.writeVarint(context.index)
    body.writeVarint(this.#scratch.length)
    body.writeBytes(this.#scratch.buffer, 0, this.#scratch.length)
    this.#time = context.time
    this.#offset = context.offset
    this.rows++
  }

  /** Adds a partial aggregate. */
  addPartial(key: Key, partial: Partial): void {
    const body = this.#body
    this.#scratch.clear()
    values.encode(partial.state, this.#scratch)
    writeKey(key, body)
    body.writeSigned(partial.window - this.#time)
    body.writeVarint(partial.count)
    body.writeVarint(this.#scratch.length)
    body.writeBytes(this.#scratch.buffer, 0, this.#scratch.length)
    this.#time = partial.window
    this.rows++
  }

  /** Writes the chunk into `into`, and starts over. */
  finish(channel: string, mark: Mark, into: ByteWriter): void {
    into.writeByte(KINDS.indexOf(this.#kind))
    into.writeText(channel)
    into.writeDouble(mark.watermark)
    into.writeByte(mark.idle ? 1 : 0)
    into.writeVarint(mark.idleAt + 1)
    into.writeVarint(mark.endedRun)
    into.writeVarint(this.#origins.length)
    for (const origin of this.#origins) {
      into.writeText(origin.topic)
      into.writeVarint(origin.partition)
    }
    into.writeVarint(this.rows)
    into.writeBytes(this.#body.buffer, 0, this.#body.length)
    this.clear()
  }

  clear(): void {
    this.rows = 0
    this.#body.clear()
    this.#origins = []
    this.#time = 0
    this.#offset = 0
  }

  #originNumber(origin: Origin): number {
    const known = this.#origins.indexOf(origin)
    return known >= 0 ? known : this.#origins.push(origin) - 1
  }
}

/** Reads the rows of one chunk, one after the other, into a context. */
export class ChunkReader {
  readonly kind: ChunkKind
  readonly channel: string
  readonly mark: Mark
  #rows: number
  readonly #reader: ByteReader
  readonly #origins: readonly Origin[]
  #time = 0
  #offset = 0

  constructor(bytes: Uint8Array, start: number, end: number) {
    const reader = new ByteReader(bytes, start, end)
    this.#reader = reader
    const kind = KINDS[reader.readByte()]
    if (kind === undefined) throw new CodecError('DECODE_FAILED', 'not a chunk of a repartition topic')
    this.kind = kind
    this.channel = reader.readUtf8()
    const watermark = reader.readDouble()
    const idle = reader.readByte() === 1
    const idleAt = reader.readVarint() - 1
    this.mark = { watermark, idle, idleAt, endedRun: reader.readVarint() }
    this.#origins = Array.from({ length: reader.readCount() }, () => ({
      topic: reader.readUtf8(),
      partition: reader.readVarint(),
    }))
    this.#rows = reader.readCount()
  }

  /** Reads the next element's context, and gives its value; call while `hasNext`. */
  nextElement(context: Context): unknown {
    const reader = this.#reader
    this.#rows--
    context.key = readKey(reader)
    this.#time += reader.readSigned()
    context.time = this.#time
    context.timestamp = context.time + reader.readSigned()
    const entry = reader.readVarint()
    context.entryWatermark =
      entry === NO_WATERMARK ? Number.NEGATIVE_INFINITY : context.time - unzigzag(entry / 2)
    context.origin = this.#origins[reader.readVarint()] ?? context.origin
    this.#offset += reader.readSigned()
    context.offset = this.#offset
    context.index = reader.readVarint()
    context.appendTime = undefined
    return this.#readValue()
  }

  /** Reads the next partial; its key goes into the context. */
  nextPartial(context: Context): Partial {
    const reader = this.#reader
    this.#rows--
    context.key = readKey(reader)
    this.#time += reader.readSigned()
    return { window: this.#time, count: reader.readVarint(), state: this.#readValue() }
  }

  get hasNext(): boolean {
    return this.#rows > 0
  }

  #readValue(): unknown {
    const reader = this.#reader
    const length = reader.readVarint()
    const start = reader.skip(length)
    return values.decode(reader.bytes, start, start + length)
  }
}

/** Strings, the usual keys, as their bytes; others typed, as msgpack; one bit tells which. */
function writeKey(key: Key, into: ByteWriter): void {
  const scratch = keyScratch
  scratch.clear()
  if (typeof key === 'string') scratch.writeUtf8(key)
  else encodeKeyCompact(key, scratch)
  into.writeVarint(scratch.length * 2 + (typeof key === 'string' ? 0 : 1))
  into.writeBytes(scratch.buffer, 0, scratch.length)
}

const keyScratch = new ByteWriter()

function readKey(reader: ByteReader): Key {
  const head = reader.readVarint()
  const length = Math.floor(head / 2)
  const start = reader.skip(length)
  if (head % 2 === 1) return decodeKey(reader.bytes, start, start + length)
  return Buffer.from(reader.bytes.buffer, reader.bytes.byteOffset + start, length).toString()
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
