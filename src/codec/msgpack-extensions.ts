/**
 * The extension types that make MessagePack lossless for JavaScript values, over reused encoders.
 *
 * An array or object that holds something plain msgpack would change (`undefined`, `-0`, a lone
 * surrogate, a `__proto__` property) travels whole as an extension with a nested encoding; all others
 * are written plainly, after one look at their direct children. Encoders and decoders are kept by
 * nesting level, so nested and re-entrant calls never share one.
 */
import {
  Decoder,
  decodeTimestampExtension,
  Encoder,
  EXT_TIMESTAMP,
  ExtData,
  encodeTimestampExtension,
} from '@msgpack/msgpack'
import { scanMsgpack } from './msgpack-scan.ts'

/** How deep arrays and objects may be nested. */
export const MAX_DEPTH = 500

/** The extension types on the wire; never renumber. */
const UNDEFINED = 0
const NEGATIVE_ZERO = 1
const BIGINT = 2
const MAP = 3
const SET = 4
const TEXT = 5
const ARRAY = 6
const OBJECT = 7

/** The package writes strings up to this long unit by unit, hence without loss; longer ones through TextEncoder. */
const ALWAYS_SAFE_LENGTH = 50
const BYTE_ORDER_MARK = 0xfeff
const INT64_BYTES = 8
const NO_BYTES = new Uint8Array(0)

/** An extension made here: tells them from instances that a user made. */
class Extension extends ExtData {}

const UNDEFINED_EXTENSION = new Extension(UNDEFINED, NO_BYTES)
const NEGATIVE_ZERO_EXTENSION = new Extension(NEGATIVE_ZERO, NO_BYTES)

const extensionCodec = { tryToEncode: extensionOf, decode: fromExtension }
const encoders: Encoder[] = []
const decoders: Decoder[] = []
let encodeLevel = 0
let decodeLevel = 0

/** The bytes of `value`, valid only until the next call. Throws for what cannot be written. */
export function encodeExtended(value: unknown): Uint8Array {
  return encodeNested(lossless(value))
}

/** The value in `bytes`, which `scanMsgpack` has passed; it may hold views of them. */
export function decodeExtended(bytes: Uint8Array): unknown {
  if (decodeLevel > MAX_DEPTH) throw new Error('nested too deep')
  let decoder = decoders[decodeLevel]
  if (decoder === undefined) {
    decoder = new Decoder({ extensionCodec })
    decoders.push(decoder)
  }
  decodeLevel++
  try {
    return decoder.decode(bytes)
  } finally {
    decodeLevel--
  }
}

function encodeNested(value: unknown): Uint8Array {
  if (encodeLevel > MAX_DEPTH) throw new Error('nested too deep')
  let encoder = encoders[encodeLevel]
  if (encoder === undefined) {
    encoder = new Encoder({ extensionCodec, maxDepth: MAX_DEPTH })
    encoders.push(encoder)
  }
  encodeLevel++
  try {
    return encoder.encodeSharedRef(value)
  } finally {
    encodeLevel--
  }
}

/** Called by the encoder for every value that is not a scalar: null means "write it plainly". */
function extensionOf(value: unknown): ExtData | null {
  if (typeof value === 'bigint') return new Extension(BIGINT, bigintToBytes(value))
  if (typeof value !== 'object' || value === null) throw new Error(`cannot write a ${typeof value}`)
  if (Array.isArray(value)) {
    return holdsLossy(value) ? new Extension(ARRAY, encodeNested(Array.from(value, lossless))) : null
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return objectExtension(value)
  if (value instanceof Extension) return value
  if (value instanceof Uint8Array) return null
  if (value instanceof Date) return dateExtension(value)
  if (prototype === Map.prototype) {
    return new Extension(MAP, encodeNested([...(value as Map<unknown, unknown>)].flat().map(lossless)))
  }
  if (prototype === Set.prototype)
    return new Extension(SET, encodeNested([...(value as Set<unknown>)].map(lossless)))
  throw new Error('cannot write an instance of a class')
}

function objectExtension(value: object): ExtData | null {
  for (const key in value) {
    if (isLossyName(key) || isLossy((value as Record<string, unknown>)[key])) {
      return new Extension(OBJECT, encodeNested(Object.entries(value).flat().map(lossless)))
    }
  }
  return null
}

function dateExtension(value: Date): ExtData {
  const bytes = Number.isNaN(value.getTime()) ? null : encodeTimestampExtension(value)
  if (bytes === null) throw new Error('cannot write an invalid date')
  return new Extension(EXT_TIMESTAMP, bytes)
}

/** A loop, since `some` passes over holes, which would become null. */
function holdsLossy(values: readonly unknown[]): boolean {
  for (const value of values) {
    if (isLossy(value)) return true
  }
  return false
}

/** What the encoder would change without telling us. */
function isLossy(value: unknown): boolean {
  if (typeof value === 'number') return value === 0 && Object.is(value, -0)
  return typeof value === 'string' ? isLossyText(value) : value === undefined
}

function isLossyName(name: string): boolean {
  return isLossyText(name) || name === '__proto__'
}

function isLossyText(text: string): boolean {
  return text.length > ALWAYS_SAFE_LENGTH && (text.charCodeAt(0) === BYTE_ORDER_MARK || !text.isWellFormed())
}

/** `value`, or the extension that stands for it where plain msgpack would change it. */
function lossless(value: unknown): unknown {
  if (!isLossy(value)) return value
  if (value === undefined) return UNDEFINED_EXTENSION
  if (typeof value === 'number') return NEGATIVE_ZERO_EXTENSION
  return new Extension(TEXT, Buffer.from(value as string, 'utf16le'))
}

/** Called by the decoder for every extension. */
function fromExtension(data: Uint8Array, type: number): unknown {
  switch (type) {
    case EXT_TIMESTAMP:
      return decodeTimestampExtension(data)
    case UNDEFINED:
      return undefined
    case NEGATIVE_ZERO:
      return -0
    case BIGINT:
      return bigintFromBytes(data)
    case MAP:
      return new Map(pairs(decodeList(data)))
    case SET:
      return new Set(decodeList(data))
    case TEXT:
      return Buffer.from(data).toString('utf16le')
    case ARRAY:
      return decodeList(data)
    case OBJECT:
      // unlike assignment, this makes `__proto__` an ordinary property
      return Object.fromEntries(pairs(decodeList(data)) as [string, unknown][])
    default:
      throw new Error(`unknown extension type ${type}`)
  }
}

function decodeList(data: Uint8Array): unknown[] {
  scanMsgpack(data, 0, data.length)
  const list = decodeExtended(data)
  if (!Array.isArray(list)) throw new Error('an extension does not hold a list')
  return list
}

function pairs(list: readonly unknown[]): [unknown, unknown][] {
  if (list.length % 2 !== 0) throw new Error('an extension holds a key without a value')
  const result: [unknown, unknown][] = []
  for (let at = 0; at < list.length; at += 2) result.push([list[at], list[at + 1]])
  return result
}

/** Eight bytes, two's complement, where they suffice, else digits (which are then at least 19). */
function bigintToBytes(value: bigint): Uint8Array {
  if (BigInt.asIntN(64, value) !== value) return Buffer.from(String(value))
  const bytes = Buffer.allocUnsafe(INT64_BYTES)
  bytes.writeBigInt64BE(value)
  return bytes
}

function bigintFromBytes(data: Uint8Array): bigint {
  const bytes = Buffer.from(data)
  return data.length === INT64_BYTES ? bytes.readBigInt64BE() : BigInt(bytes.toString('latin1'))
}
