/**
 * How records lie in a batch, the unit in which logs are written and read.
 *
 * A batch is a blob: the first record's timestamp as a little-endian double, then per record
 *
 *     varint(key length + 1, 0 for no key)  varint(value length + 1, 0 for a tombstone)
 *     varint(zigzag(timestamp − previous timestamp))  varint(header count)
 *     per header: varint(name length) name varint(value length + 1, 0 for null) value
 *     key bytes, value bytes
 *
 * A timestamp that lies too far from the previous one for a varint stands as the largest varint,
 * followed by the timestamp as a little-endian double.
 *
 * Offsets are implied: the broker gives the batch a base offset when it appends it. Where records have
 * been removed by compaction, a gap stands in their place: the largest varint instead of the key
 * length, then varint(number of offsets). So the batches of a partition always follow one another
 * without a hole, and one that is missing is noticed.
 *
 * Reading goes through one reused cursor, which allocates nothing per record.
 */
import { asBuffer, ByteWriter } from '../codec/index.ts'
import { BrokerError } from '../errors.ts'

/** Named bytes beside a record; a name may repeat. */
export type Headers = readonly (readonly [name: string, value: Uint8Array | null])[]

/** No headers: shared, so that the usual case allocates nothing. */
export const NO_HEADERS: Headers = []

/** From here on the zigzag of a difference is no safe integer any more. */
const FAR_MS = 2 ** 52
const FAR = Number.MAX_SAFE_INTEGER
/** Stands where a key length would. */
const GAP = Number.MAX_SAFE_INTEGER
/** The largest timestamp of a batch that holds no record any more. */
const NO_TIMESTAMP = Number.MIN_SAFE_INTEGER
/** The scale of the last byte of a varint: a safe integer has eight at most. */
const LAST_SCALE = 0x80 ** 7

/** A batch ready to be appended. */
export interface EncodedBatch {
  /** How many offsets it takes: its records, and those that compaction has removed from it. */
  readonly count: number
  /** The largest timestamp in it, for finding an offset by time. */
  readonly maxTimestamp: number
  readonly bytes: Uint8Array
}

/** A batch as it stands in a log. */
export interface RecordBatch extends EncodedBatch {
  readonly baseOffset: number
  /** When the broker appended it, epoch milliseconds; undefined where the log does not say. */
  readonly appendTime: number | undefined
  /** Where the reader stands, if that is inside the batch: the cursor passes over what comes before. */
  readonly from?: number
}

/** Collects records into a batch. Reusable: `build` empties it. */
export class BatchBuilder {
  count = 0
  readonly #writer = new ByteWriter()
  #previous = 0
  #maxTimestamp = Number.NEGATIVE_INFINITY

  /** The size of the batch so far, in bytes. */
  get length(): number {
    return this.#writer.length
  }

  /** Appends a record; `timestamp` is integer epoch milliseconds. */
  append(
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: Headers = NO_HEADERS,
  ): void {
    this.#head(key === null ? 0 : key.length + 1, value === null ? 0 : value.length + 1, timestamp, headers)
    if (key !== null) this.#writer.writeBytes(key)
    if (value !== null) this.#writer.writeBytes(value)
  }

  /** Appends a record whose value was just encoded into `value`. */
  appendWritten(
    key: Uint8Array | null,
    value: ByteWriter,
    timestamp: number,
    headers: Headers = NO_HEADERS,
  ): void {
    this.#head(key === null ? 0 : key.length + 1, value.length + 1, timestamp, headers)
    if (key !== null) this.#writer.writeBytes(key)
    this.#writer.writeBytes(value.buffer, 0, value.length)
  }

  /** Leaves out the next `offsets` offsets. */
  gap(offsets: number): void {
    this.#begin(0)
    this.#writer.writeVarint(GAP)
    this.#writer.writeVarint(offsets)
    this.count += offsets
  }

  /** The batch of what was appended, or undefined when that is nothing; the builder is empty afterwards. */
  build(): EncodedBatch | undefined {
    if (this.count === 0) return undefined
    const maxTimestamp = Math.max(this.#maxTimestamp, NO_TIMESTAMP)
    const batch = { count: this.count, maxTimestamp, bytes: this.#writer.toBytes() }
    this.clear()
    return batch
  }

  /** Forgets what was appended. */
  clear(): void {
    this.count = 0
    this.#previous = 0
    this.#maxTimestamp = Number.NEGATIVE_INFINITY
    this.#writer.clear()
  }

  #head(keyLength: number, valueLength: number, timestamp: number, headers: Headers): void {
    const writer = this.#writer
    this.#begin(timestamp)
    writer.writeVarint(keyLength)
    writer.writeVarint(valueLength)
    const delta = timestamp - this.#previous
    if (delta > -FAR_MS && delta < FAR_MS) writer.writeVarint(delta >= 0 ? delta * 2 : -delta * 2 - 1)
    else writeFarTimestamp(writer, timestamp)
    writer.writeVarint(headers.length)
    for (const [name, value] of headers) writeHeader(writer, name, value)
    this.#previous = timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.count++
  }

  #begin(timestamp: number): void {
    if (this.count !== 0) return
    this.#writer.writeDouble(timestamp)
    this.#previous = timestamp
  }
}

function writeFarTimestamp(writer: ByteWriter, timestamp: number): void {
  writer.writeVarint(FAR)
  writer.reserve(8)
  writer.buffer.writeDoubleLE(timestamp, writer.length)
  writer.length += 8
}

function writeHeader(writer: ByteWriter, name: string, value: Uint8Array | null): void {
  const nameBytes = Buffer.from(name)
  writer.writeVarint(nameBytes.length)
  writer.writeBytes(nameBytes)
  writer.writeVarint(value === null ? 0 : value.length + 1)
  if (value !== null) writer.writeBytes(value)
}

/**
 * Walks over the records of a batch. After `next()` its fields describe the current record; they
 * point into `bytes`. Throws `BROKER_CORRUPT` when the batch ends in the middle of a record.
 */
export class BatchCursor {
  bytes: Uint8Array = new Uint8Array(0)
  /** The current record's offset. */
  offset = -1
  timestamp = 0
  /** Where the key lies, `keyStart` −1 for a record without a key. */
  keyStart = -1
  keyEnd = -1
  /** Where the value lies, `valueStart` −1 for a tombstone. */
  valueStart = -1
  valueEnd = -1
  headerCount = 0
  appendTime: number | undefined = undefined
  #headersStart = 0
  #position = 0
  #remaining = 0

  /** Starts over with a batch; call `next()` for the first record at or after the reader's position. */
  load(batch: RecordBatch): void {
    // As a Buffer once for the batch: whoever makes text of a record would have to make one each time.
    this.bytes = asBuffer(batch.bytes)
    this.offset = batch.baseOffset - 1
    this.appendTime = batch.appendTime
    this.#remaining = batch.count
    this.#position = 8
    this.timestamp = batch.count === 0 ? 0 : doubleAt(batch.bytes, 0, batch.baseOffset)
    if (batch.from !== undefined) this.#passOver(batch.from)
  }

  /** How many offsets are left after the current one, gaps included. */
  get remaining(): number {
    return this.#remaining
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    if (this.#remaining === 0) return false
    let keyLength = this.#varint()
    if (keyLength === GAP) {
      if (!this.#skipGap()) return false
      keyLength = this.#varint()
    }
    this.#remaining--
    this.offset++
    const valueLength = this.#varint()
    const delta = this.#varint()
    if (delta === FAR) this.#farTimestamp()
    else this.timestamp += delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2
    this.headerCount = this.#varint()
    this.#headersStart = this.#position
    for (let i = 0; i < this.headerCount; i++) this.#skipHeader()
    this.keyStart = keyLength === 0 ? -1 : this.#position
    if (keyLength > 0) this.#position += keyLength - 1
    this.keyEnd = this.#position
    this.valueStart = valueLength === 0 ? -1 : this.#position
    if (valueLength > 0) this.#position += valueLength - 1
    this.valueEnd = this.#position
    if (this.#position > this.bytes.length) throw truncated(this.offset)
    return true
  }

  /** A copy of the current key, or null. */
  key(): Buffer | null {
    return this.keyStart < 0 ? null : Buffer.from(this.bytes.subarray(this.keyStart, this.keyEnd))
  }

  /** A copy of the current value, or null for a tombstone. */
  value(): Buffer | null {
    return this.valueStart < 0 ? null : Buffer.from(this.bytes.subarray(this.valueStart, this.valueEnd))
  }

  /** A copy of the current headers. */
  headers(): Headers {
    if (this.headerCount === 0) return NO_HEADERS
    const resume = this.#position
    this.#position = this.#headersStart
    const headers: [string, Uint8Array | null][] = []
    for (let i = 0; i < this.headerCount; i++) {
      const nameLength = this.#varint()
      const name = Buffer.from(this.bytes.subarray(this.#position, this.#position + nameLength)).toString()
      this.#position += nameLength
      const valueLength = this.#varint()
      const end = this.#position + Math.max(0, valueLength - 1)
      headers.push([name, valueLength === 0 ? null : Buffer.from(this.bytes.subarray(this.#position, end))])
      this.#position = end
    }
    this.#position = resume
    return headers
  }

  /** Moves on so that the next record is the first one at or after `from`. */
  #passOver(from: number): void {
    while (this.offset + 1 < from) {
      const { offset, timestamp } = this
      const [position, remaining] = [this.#position, this.#remaining]
      if (!this.next()) return
      if (this.offset < from) continue
      // one too far, over a gap
      this.offset = offset
      this.timestamp = timestamp
      this.#position = position
      this.#remaining = remaining
      return
    }
  }

  /** Passes over removed offsets; false when no record follows. */
  #skipGap(): boolean {
    const offsets = this.#varint()
    if (offsets === 0 || offsets > this.#remaining) throw truncated(this.offset)
    this.offset += offsets
    this.#remaining -= offsets
    return this.#remaining > 0
  }

  #farTimestamp(): void {
    this.timestamp = doubleAt(this.bytes, this.#position, this.offset)
    this.#position += 8
  }

  #skipHeader(): void {
    const nameLength = this.#varint()
    this.#position += nameLength
    const valueLength = this.#varint()
    this.#position += Math.max(0, valueLength - 1)
  }

  #varint(): number {
    const first = this.bytes[this.#position++]
    if (first === undefined) throw truncated(this.offset)
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let scale = 0x80; scale <= LAST_SCALE; scale *= 0x80) {
      const byte = this.bytes[this.#position++]
      if (byte === undefined) throw truncated(this.offset)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw truncated(this.offset)
  }
}

function doubleAt(bytes: Uint8Array, position: number, offset: number): number {
  if (position + 8 > bytes.length) throw truncated(offset)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(position, true)
}

function truncated(offset: number): BrokerError {
  return new BrokerError(
    'BROKER_CORRUPT',
    `the batch with offset ${offset} ends in the middle of a record: the log is damaged; restore a backup`,
  )
}
