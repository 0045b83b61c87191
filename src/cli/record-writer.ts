/** Writes lines to a topic in batches: what is collected is written at once, or not at all. */
import { isUtf8 } from 'node:buffer'
import { BatchBuilder, type Broker } from '../broker/index.ts'
import { isKey, keyBytes, shardOf } from '../codec/index.ts'
import { CodecError, describeValue, messageOf } from '../errors.ts'
import type { Clock } from '../time/index.ts'

/** So much is written in one transaction: enough to be fast, little enough to be no burden on memory. */
export const WRITE_AT_BYTES = 1_000_000

/** Where and how to write. */
export interface RecordWriterOptions {
  readonly broker: Broker
  readonly topic: string
  readonly partitions: number
  /** The field that is the record's key; undefined: no keys, and the partitions take turns. */
  readonly keyField: string | undefined
  /** Lines are values as they are, and not looked into; else each is a JSON value. */
  readonly isText: boolean
  /** The partition that has the first turn. */
  readonly firstPartition: number
  readonly clock: Clock
}

/** Collects records and writes them. */
export class RecordWriter {
  /** How many records are durable. */
  written = 0
  readonly #options: RecordWriterOptions
  readonly #batches: readonly BatchBuilder[]
  #turn: number
  #lineNumber = 0
  #waitingBytes = 0
  /** Writes follow each other, so that records stay in order. */
  #writing: Promise<void> = Promise.resolve()

  constructor(options: RecordWriterOptions) {
    this.#options = options
    this.#batches = Array.from({ length: options.partitions }, () => new BatchBuilder())
    this.#turn = options.firstPartition
  }

  /** Whether so much waits that `flush` should be awaited. */
  get isFull(): boolean {
    return this.#waitingBytes >= WRITE_AT_BYTES
  }

  /** Takes a line. Throws `DECODE_FAILED` that names the line, and takes nothing then. */
  add(line: Buffer): void {
    this.#lineNumber++
    const { keyField, isText, partitions, clock } = this.#options
    const text = this.#lineNumber === 1 ? withoutMark(line) : line
    const value = isText ? withoutReturn(text) : trimmed(text)
    if (value.length === 0) return
    const parsed = isText ? undefined : this.#parse(value)
    const key = keyField === undefined ? null : this.#keyOf(parsed, keyField)
    const partition = key === null ? this.#turn++ % partitions : shardOf(key, partitions)
    this.#batches[partition]?.append(key, value, clock.now())
    this.#waitingBytes += value.length
  }

  /** Writes what is collected; it is durable when this resolves. */
  flush(): Promise<void> {
    this.#waitingBytes = 0
    const { broker, topic } = this.#options
    const appends = this.#batches.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic, partition, batch }]
    })
    if (appends.length > 0) {
      this.#writing = this.#writing.then(async () => {
        await broker.produce(appends)
        this.written += appends.reduce((sum, { batch }) => sum + batch.count, 0)
      })
    }
    return this.#writing
  }

  #parse(value: Buffer): unknown {
    if (!isUtf8(value)) throw this.#refused(value, 'is not UTF-8')
    try {
      return JSON.parse(value.toString()) as unknown
    } catch (thrown) {
      throw this.#refused(value, `is not JSON (${messageOf(thrown)})`)
    }
  }

  #keyOf(parsed: unknown, field: string): Uint8Array {
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    const key =
      isObject && Object.hasOwn(parsed, field) ? (parsed as Record<string, unknown>)[field] : undefined
    if (isKey(key)) return keyBytes(key)
    const found =
      key === undefined ? `has no field "${field}" for --key` : `has the key ${describeValue(key)}`
    throw new CodecError(
      'DECODE_FAILED',
      `line ${this.#lineNumber} ${found}; expected a string, number or boolean in field "${field}"`,
    )
  }

  #refused(value: Buffer, problem: string): CodecError {
    const text = describeValue(value.subarray(0, 200).toString())
    return new CodecError(
      'DECODE_FAILED',
      `line ${this.#lineNumber} ${problem}: ${text}; every line must be one JSON value, or say --text`,
    )
  }
}

/** Without white space at both ends. */
function trimmed(line: Buffer): Buffer {
  let start = 0
  let end = line.length
  while (start < end && isSpace(line[start])) start++
  while (end > start && isSpace(line[end - 1])) end--
  return line.subarray(start, end)
}

/** Without the half of a line break that some systems write before the line feed. */
function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

/** Some editors begin a file with a byte order mark. */
function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line
}
