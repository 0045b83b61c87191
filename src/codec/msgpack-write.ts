/**
 * Writes values as MessagePack, straight into the caller's bytes. Keeps no state of its own, so that a
 * getter that encodes something else in the middle disturbs nothing.
 */
import type { ByteWriter } from './byte-writer.ts'
import {
  ARRAY_16,
  ARRAY_32,
  BIN_8,
  BIN_16,
  BIN_32,
  EXT_8,
  EXT_32,
  FALSE,
  FIXARRAY,
  FIXEXT_1,
  FIXMAP,
  FIXSTR,
  FLOAT_64,
  INT_8,
  INT_16,
  INT_32,
  INT_64,
  MAP_16,
  MAP_32,
  MAX_DEPTH,
  NIL,
  STR_8,
  STR_16,
  STR_32,
  TRUE,
  TWO_TO_32,
  TYPE_BIGINT,
  TYPE_DATE,
  TYPE_MAP,
  TYPE_SET,
  TYPE_TEXT,
  TYPE_UNDEFINED,
  UINT_8,
  UINT_16,
  UINT_32,
  UINT_64,
} from './msgpack-format.ts'

/** Up to this length, text is written unit by unit while it is ASCII: a call into Node costs more. */
const SHORT_TEXT = 40
const EXT_32_HEAD = 6

/** Appends `value`. Throws for what cannot be written; what was appended until then is the caller's to discard. */
export function writeMsgpack(value: unknown, into: ByteWriter): void {
  write(value, into, 0)
}

function write(value: unknown, into: ByteWriter, depth: number): void {
  switch (typeof value) {
    case 'string':
      return writeText(value, into)
    case 'number':
      return writeNumber(value, into)
    case 'boolean':
      return into.writeByte(value ? TRUE : FALSE)
    case 'undefined':
      return writeUndefined(into)
    case 'bigint':
      return writeBigint(value, into)
    case 'object':
      return value === null ? into.writeByte(NIL) : writeObject(value, into, depth)
    default:
      throw new Error(`cannot write a ${typeof value}`)
  }
}

function writeNumber(value: number, into: ByteWriter): void {
  into.reserve(9)
  const { buffer, length: at } = into
  if (value >= -0x20 && value < 0x80 && (value | 0) === value && (value !== 0 || !Object.is(value, -0))) {
    buffer[at] = value
    into.length = at + 1
  } else if (!Number.isSafeInteger(value) || value === 0) {
    buffer[at] = FLOAT_64
    buffer.writeDoubleBE(value, at + 1)
    into.length = at + 9
  } else if (value >= 0) writeUnsigned(value, into)
  else writeNegative(value, into)
}

function writeUnsigned(value: number, into: ByteWriter): void {
  if (value < 0x100) return writeHead(UINT_8, 1, value, into)
  if (value < 0x10000) return writeHead(UINT_16, 2, value, into)
  if (value < TWO_TO_32) return writeHead(UINT_32, 4, value, into)
  writeLong(UINT_64, value, into)
}

function writeNegative(value: number, into: ByteWriter): void {
  if (value >= -0x80) return writeHead(INT_8, 1, value, into)
  if (value >= -0x8000) return writeHead(INT_16, 2, value, into)
  if (value >= -0x80000000) return writeHead(INT_32, 4, value, into)
  writeLong(INT_64, value, into)
}

function writeLong(head: number, value: number, into: ByteWriter): void {
  writeHead(head, 4, Math.floor(value / TWO_TO_32), into)
  into.reserve(4)
  writeBytesOf(value, 4, into.buffer, into.length)
  into.length += 4
}

/** A head byte and so many bytes of a number, the highest first. */
function writeHead(head: number, bytes: number, value: number, into: ByteWriter): void {
  into.reserve(1 + bytes)
  into.buffer[into.length] = head
  writeBytesOf(value, bytes, into.buffer, into.length + 1)
  into.length += 1 + bytes
}

function writeBytesOf(value: number, bytes: number, buffer: Buffer, at: number): void {
  let rest = value | 0
  for (let next = at + bytes - 1; next >= at; next--) {
    buffer[next] = rest
    rest >>= 8
  }
}

function writeText(text: string, into: ByteWriter): void {
  const { length } = text
  if (length <= SHORT_TEXT && writeShortAscii(text, into)) return
  if (!text.isWellFormed()) return writeExtension(TYPE_TEXT, Buffer.from(text, 'utf16le'), into)
  const bytes = Buffer.byteLength(text)
  writeLength(bytes, into, FIXSTR, 32, STR_8, STR_16, STR_32)
  into.reserve(bytes)
  into.length += into.buffer.utf8Write(text, into.length)
}

/** Writes text that turns out to be ASCII; else false, and nothing is written. */
function writeShortAscii(text: string, into: ByteWriter): boolean {
  const { length } = text
  into.reserve(length + 2)
  const { buffer } = into
  let at = into.length
  if (length < 32) buffer[at++] = FIXSTR | length
  else {
    buffer[at++] = STR_8
    buffer[at++] = length
  }
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x80) return false
    buffer[at++] = unit
  }
  into.length = at
  return true
}

function writeObject(value: object, into: ByteWriter, depth: number): void {
  if (depth >= MAX_DEPTH) throw new Error('nested too deep')
  if (Array.isArray(value)) return writeArray(value, into, depth)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return writeFields(value, into, depth)
  if (value instanceof Uint8Array) {
    writeLength(value.length, into, 0, 0, BIN_8, BIN_16, BIN_32)
    return into.writeBytes(value)
  }
  if (value instanceof Date) return writeDate(value, into)
  if (prototype === Map.prototype) {
    const flat = [...(value as Map<unknown, unknown>)].flat()
    return writeNested(TYPE_MAP, flat, into, depth)
  }
  if (prototype === Set.prototype) return writeNested(TYPE_SET, [...(value as Set<unknown>)], into, depth)
  throw new Error('cannot write an instance of a class')
}

/** A hole is written as undefined. */
function writeArray(values: readonly unknown[], into: ByteWriter, depth: number): void {
  writeLength(values.length, into, FIXARRAY, 16, undefined, ARRAY_16, ARRAY_32)
  for (let at = 0; at < values.length; at++) write(values[at], into, depth + 1)
}

function writeFields(value: object, into: ByteWriter, depth: number): void {
  const names = Object.keys(value)
  writeLength(names.length, into, FIXMAP, 16, undefined, MAP_16, MAP_32)
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string
    writeText(name, into)
    write((value as Readonly<Record<string, unknown>>)[name], into, depth + 1)
  }
}

/** A head with a length: in the head itself where it is small, else in one, two or four bytes. */
function writeLength(
  length: number,
  into: ByteWriter,
  fix: number,
  fixLimit: number,
  head8: number | undefined,
  head16: number,
  head32: number,
): void {
  if (length < fixLimit) into.writeByte(fix | length)
  else if (head8 !== undefined && length < 0x100) writeHead(head8, 1, length, into)
  else if (length < 0x10000) writeHead(head16, 2, length, into)
  else writeHead(head32, 4, length, into)
}

function writeUndefined(into: ByteWriter): void {
  into.writeByte(FIXEXT_1)
  into.writeByte(TYPE_UNDEFINED)
  into.writeByte(0)
}

/** Eight bytes, two's complement, where they suffice, else digits (which are then at least 19). */
function writeBigint(value: bigint, into: ByteWriter): void {
  if (BigInt.asIntN(64, value) !== value) return writeExtension(TYPE_BIGINT, Buffer.from(String(value)), into)
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64BE(value)
  writeExtension(TYPE_BIGINT, bytes, into)
}

/** As the specification's timestamp of 96 bits: nanoseconds, then signed seconds. */
function writeDate(value: Date, into: ByteWriter): void {
  const ms = value.getTime()
  if (Number.isNaN(ms)) throw new Error('cannot write an invalid date')
  const seconds = Math.floor(ms / 1000)
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE((ms - seconds * 1000) * 1_000_000)
  bytes.writeBigInt64BE(BigInt(seconds), 4)
  writeExtension(TYPE_DATE, bytes, into)
}

function writeExtension(type: number, bytes: Uint8Array, into: ByteWriter): void {
  if (bytes.length < 0x100) writeHead(EXT_8, 1, bytes.length, into)
  else writeHead(EXT_32, 4, bytes.length, into)
  into.writeByte(type)
  into.writeBytes(bytes)
}

/** An extension that holds an array, whose length is known once it is written. */
function writeNested(type: number, values: readonly unknown[], into: ByteWriter, depth: number): void {
  const start = into.length
  writeHead(EXT_32, 4, 0, into)
  into.writeByte(type)
  writeArray(values, into, depth)
  into.buffer.writeUInt32BE(into.length - start - EXT_32_HEAD, start + 1)
}
