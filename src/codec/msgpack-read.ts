/**
 * Reads MessagePack. No length is believed before its bytes are there, so damaged bytes can ask for no
 * more room than they have themselves.
 */
import {
  ARRAY_16,
  ARRAY_32,
  BIN_8,
  BIN_16,
  BIN_32,
  EXT_8,
  EXT_16,
  EXT_32,
  FALSE,
  FIXARRAY,
  FIXEXT_1,
  FIXEXT_16,
  FIXMAP,
  FIXSTR,
  FLOAT_32,
  FLOAT_64,
  INT_8,
  INT_16,
  INT_32,
  INT_64,
  MAP_16,
  MAP_32,
  MAX_DEPTH,
  NEGATIVE_FIXINT,
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
import { StringCache } from './string-cache.ts'
import { asBuffer, decodeUtf8 } from './utf8.ts'

const FIRST_NON_ASCII = 0x80
/** Longer text is left to Node at once. */
const SHORT_TEXT = 32
const DIGITS = /^-?\d{19,}$/
const NO_BYTES = new Uint8Array(0)

/** Reads one value after another; holds no reference to bytes between two calls. */
export class MsgpackReader {
  readonly #texts = new StringCache()
  /** Names of fields repeat more than anything: values must not push them out. */
  readonly #names = new StringCache()
  readonly #scratch = new DataView(new ArrayBuffer(8))
  #bytes: Uint8Array = NO_BYTES
  #at = 0
  #end = 0

  /** The one value in `bytes[start, end)`, which shares no memory with them. Throws for anything else. */
  read(bytes: Uint8Array, start: number, end: number): unknown {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    try {
      const value = this.#value(0)
      if (this.#at !== end) throw new Error('there are bytes behind the value')
      return value
    } finally {
      this.#bytes = NO_BYTES
    }
  }

  #value(depth: number): unknown {
    const head = this.#bytes[this.#skip(1)] as number
    if (head < FIXMAP) return head
    if (head >= NEGATIVE_FIXINT) return head - 0x100
    if (head < FIXARRAY) return this.#object(head & 0x0f, depth)
    if (head < FIXSTR) return this.#array(head & 0x0f, depth)
    if (head < NIL) return this.#text(head & 0x1f, this.#texts)
    switch (head) {
      case NIL:
        return null
      case FALSE:
        return false
      case TRUE:
        return true
      case FLOAT_64:
        return this.#view(8).getFloat64(0)
      case FLOAT_32:
        return this.#view(4).getFloat32(0)
      case UINT_8:
        return this.#unsigned(1)
      case UINT_16:
        return this.#unsigned(2)
      case UINT_32:
        return this.#unsigned(4)
      case UINT_64:
        return this.#long(this.#unsigned(4))
      case INT_8:
        return (this.#unsigned(1) << 24) >> 24
      case INT_16:
        return (this.#unsigned(2) << 16) >> 16
      case INT_32:
        return this.#unsigned(4) | 0
      case INT_64:
        return this.#long(this.#unsigned(4) | 0)
      case STR_8:
      case STR_16:
      case STR_32:
        return this.#text(this.#unsigned(1 << (head - STR_8)), this.#texts)
      case BIN_8:
      case BIN_16:
      case BIN_32:
        return new Uint8Array(this.#take(this.#unsigned(1 << (head - BIN_8))))
      case ARRAY_16:
      case ARRAY_32:
        return this.#array(this.#unsigned(head === ARRAY_16 ? 2 : 4), depth)
      case MAP_16:
      case MAP_32:
        return this.#object(this.#unsigned(head === MAP_16 ? 2 : 4), depth)
      case EXT_8:
      case EXT_16:
      case EXT_32:
        return this.#extension(this.#unsigned(1 << (head - EXT_8)), depth)
      default:
        if (head >= FIXEXT_1 && head <= FIXEXT_16) return this.#extension(1 << (head - FIXEXT_1), depth)
        throw new Error(`0x${head.toString(16)} begins no value`)
    }
  }

  /** Moves on by `count` bytes and gives where they begin. */
  #skip(count: number): number {
    const start = this.#at
    if (count > this.#end - start) throw new Error('the bytes end in the middle of a value')
    this.#at = start + count
    return start
  }

  #take(count: number): Uint8Array {
    const start = this.#skip(count)
    return this.#bytes.subarray(start, start + count)
  }

  /** The next bytes where a DataView can read them. */
  #view(count: number): DataView {
    const start = this.#skip(count)
    for (let at = 0; at < count; at++) this.#scratch.setUint8(at, this.#bytes[start + at] as number)
    return this.#scratch
  }

  #unsigned(count: number): number {
    const start = this.#skip(count)
    let value = 0
    for (let at = start; at < start + count; at++) value = value * 0x100 + (this.#bytes[at] as number)
    return value
  }

  /** An integer of 64 bits; a bigint where a number cannot hold it. */
  #long(high: number): number | bigint {
    const low = this.#unsigned(4)
    const value = high * TWO_TO_32 + low
    return Number.isSafeInteger(value) ? value : BigInt(high) * BigInt(TWO_TO_32) + BigInt(low)
  }

  #text(length: number, cache: StringCache): string {
    const start = this.#skip(length)
    const end = start + length
    if (length <= SHORT_TEXT) {
      let at = start
      while (at < end && (this.#bytes[at] as number) < FIRST_NON_ASCII) at++
      if (at === end) return cache.read(this.#bytes, start, end)
    }
    const text = decodeUtf8(this.#bytes, start, end)
    if (text === undefined) throw new Error('a text is not UTF-8')
    return text
  }

  #array(count: number, depth: number): unknown[] {
    this.#enter(count, depth)
    const values: unknown[] = []
    for (let at = 0; at < count; at++) values.push(this.#value(depth + 1))
    return values
  }

  #object(count: number, depth: number): object {
    this.#enter(2 * count, depth)
    const made: Record<string, unknown> = {}
    for (let at = 0; at < count; at++) {
      const name = this.#name()
      const value = this.#value(depth + 1)
      if (name !== '__proto__') made[name] = value
      else Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true })
    }
    return made
  }

  /** Each value takes a byte at least. */
  #enter(values: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new Error('nested too deep')
    if (values > this.#end - this.#at) throw new Error('the bytes end in the middle of a value')
  }

  #name(): string {
    const head = this.#bytes[this.#at] as number
    if (this.#at < this.#end && head >= FIXSTR && head < NIL) {
      this.#at++
      return this.#text(head & 0x1f, this.#names)
    }
    const name = this.#value(MAX_DEPTH)
    if (typeof name === 'string' || typeof name === 'number') return String(name)
    throw new Error('the name of a field is no text')
  }

  #extension(length: number, depth: number): unknown {
    const type = this.#bytes[this.#skip(1)] as number
    if (type === TYPE_MAP || type === TYPE_SET) return this.#collection(type, length, depth)
    const data = asBuffer(this.#take(length))
    switch (type) {
      case TYPE_UNDEFINED:
        return undefined
      case TYPE_BIGINT:
        return bigintOf(data)
      case TYPE_TEXT:
        return data.toString('utf16le')
      case TYPE_DATE:
        return dateOf(data)
      default:
        throw new Error(`unknown extension type ${type}`)
    }
  }

  #collection(type: number, length: number, depth: number): unknown {
    const outerEnd = this.#end
    this.#end = this.#skip(length) + length
    this.#at = this.#end - length
    const list = this.#value(depth)
    if (this.#at !== this.#end || !Array.isArray(list)) throw new Error('an extension does not hold a list')
    this.#end = outerEnd
    return type === TYPE_SET ? new Set(list) : mapOf(list)
  }
}

function mapOf(list: readonly unknown[]): Map<unknown, unknown> {
  if (list.length % 2 !== 0) throw new Error('an extension holds a key without a value')
  const map = new Map<unknown, unknown>()
  for (let at = 0; at < list.length; at += 2) map.set(list[at], list[at + 1])
  return map
}

function bigintOf(data: Buffer): bigint {
  if (data.length === 8) return data.readBigInt64BE()
  const digits = data.toString('latin1')
  if (!DIGITS.test(digits)) throw new Error('an extension does not hold a bigint')
  return BigInt(digits)
}

/** The specification's timestamps of 32, 64 and 96 bits. */
function dateOf(data: Buffer): Date {
  switch (data.length) {
    case 4:
      return new Date(data.readUInt32BE() * 1000)
    case 8: {
      const high = data.readUInt32BE()
      return dateAt((high & 3) * TWO_TO_32 + data.readUInt32BE(4), high >>> 2)
    }
    case 12:
      return dateAt(Number(data.readBigInt64BE(4)), data.readUInt32BE())
    default:
      throw new Error('an extension does not hold a timestamp')
  }
}

function dateAt(seconds: number, nanoseconds: number): Date {
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000))
  if (Number.isNaN(date.getTime())) throw new Error('an extension does not hold a timestamp')
  return date
}
