/**
 * Reads the fields of a flat schema straight from JSON bytes, without `JSON.parse`.
 *
 * Invariant: what `extract` returns is what `JSON.parse` and `conform` would have made of the same bytes.
 * Whatever is wrong or merely unusual (a name with an escape, a type that does not fit, a missing
 * field) makes it return `undefined`, and the codec asks those two: they alone say what is an error.
 */
import { FieldNames, startsWith } from './field-names.ts'
import {
  byteAt,
  skipFalse,
  skipNull,
  skipPlain,
  skipSpace,
  skipString,
  skipTrue,
  skipValue,
} from './json-scan.ts'
import type { ObjectShape } from './json-schema.ts'
import { NumberReader } from './number-reader.ts'
import { type ObjectBuilder, objectBuilder } from './object-builder.ts'
import { StringCache } from './string-cache.ts'
import { decodeUtf8 } from './utf8.ts'

// Local, as V8 treats imported constants as variables.
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c
const FIRST_NON_ASCII = 0x80
const OPEN_OBJECT = 0x7b
const QUOTE = 0x22
const OPEN_LIST = 0x5b

/** The seen fields are bits of one small integer. */
const MAX_FIELDS = 30

/** What a field may hold, as bits. */
const STRING = 1
const NUMBER = 2
const INTEGER = 4
const BOOLEAN = 8
const NULLABLE = 16
/** A name that the schema does not have: its value may be anything. */
const UNKNOWN_KIND = 32
const KIND_BITS = { string: STRING, number: NUMBER, integer: INTEGER, boolean: BOOLEAN } as const

/** The field index of names that the schema does not have. */
const UNKNOWN = -1
/** Instead of a position: leave this record to `JSON.parse`. */
const GIVE_UP = -1

const SPACE = 0x20
const LETTER_T = 0x74
const LETTER_N = 0x6e

interface FlatField {
  readonly name: string
  readonly kind: number
  readonly optional: boolean
}

/** An extractor for `shape`, or `undefined` if it is not made of a few scalars. */
export function fieldExtractor(shape: ObjectShape): FieldExtractor | undefined {
  const fields: FlatField[] = []
  for (const { name, optional, shape: field } of shape.fields) {
    if (field.kind !== 'scalar' || field.scalar === 'unknown' || name === '__proto__') return undefined
    fields.push({ name, optional, kind: KIND_BITS[field.scalar] | (field.nullable ? NULLABLE : 0) })
  }
  if (fields.length === 0 || fields.length > MAX_FIELDS) return undefined
  return new FieldExtractor(fields)
}

/** See `fieldExtractor`. Keeps what it learns about records between calls; calls must not overlap. */
export class FieldExtractor {
  readonly #fields: readonly FlatField[]
  readonly #build: ObjectBuilder
  readonly #required: number
  readonly #all: number
  readonly #names: FieldNames
  readonly #strings = new StringCache()
  readonly #numbers = new NumberReader()
  readonly #values: unknown[]

  constructor(fields: readonly FlatField[]) {
    this.#fields = fields
    this.#build = objectBuilder(fields.map(field => field.name))
    this.#required = fields.reduce((bits, field, at) => (field.optional ? bits : bits | (1 << at)), 0)
    this.#all = 2 ** fields.length - 1
    this.#names = new FieldNames(fields, UNKNOWN_KIND)
    this.#values = new Array<unknown>(fields.length).fill(null)
  }

  /**
   * The fields of the record in `bytes[start, end)`, or `undefined` if `JSON.parse` has to decide.
   *
   * The common case (no white space, expected names, plain strings) is written out in this one loop
   * although it could be split: V8 does not inline that much, and calls double the time per record.
   */
  extract(bytes: Uint8Array, start: number, end: number): object | undefined {
    const values = this.#values
    const expected = this.#names.expected
    let at = skipSpace(bytes, start, end)
    let byte = byteAt(bytes, at, end)
    let seen = 0
    let position = 0
    if (byte !== OPEN_OBJECT) return undefined
    do {
      at = byteAt(bytes, at + 1, end) <= SPACE ? skipSpace(bytes, at + 1, end) : at + 1
      let name = position < expected.length ? expected[position] : undefined
      if (name !== undefined && startsWith(bytes, at, end, name.label)) {
        at += name.label.length
      } else {
        name = this.#names.lookUp(bytes, at, end, position)
        if (name === undefined) return undefined
        at = this.#names.end
      }
      position++
      byte = byteAt(bytes, at, end)
      if (byte <= SPACE) {
        at = skipSpace(bytes, at, end)
        byte = byteAt(bytes, at, end)
      }
      const field = name.field
      const plainEnd = byte === QUOTE ? skipPlain(bytes, at + 1, end) : end
      if (byteAt(bytes, plainEnd, end) === QUOTE && (name.kind & (STRING | UNKNOWN_KIND)) !== 0) {
        if (field !== UNKNOWN) values[field] = this.#strings.read(bytes, at + 1, plainEnd)
        at = plainEnd + 1
      } else {
        at =
          field === UNKNOWN ? skipUnknown(bytes, at, end) : this.#readField(field, name.kind, bytes, at, end)
        if (at < 0) return undefined
      }
      if (field !== UNKNOWN) seen |= 1 << field
      byte = byteAt(bytes, at, end)
      if (byte <= SPACE) {
        at = skipSpace(bytes, at, end)
        byte = byteAt(bytes, at, end)
      }
    } while (byte === COMMA)
    if (byte !== CLOSE_OBJECT || skipSpace(bytes, at + 1, end) !== end) return undefined
    if (seen === this.#all) return this.#build(values)
    return (seen & this.#required) === this.#required ? this.#buildPart(seen) : undefined
  }

  /** Keeps the value of a field and returns the position behind it. */
  #readField(field: number, kind: number, bytes: Uint8Array, at: number, end: number): number {
    const first = byteAt(bytes, at, end)
    if (first === QUOTE) return (kind & STRING) === 0 ? GIVE_UP : this.#readHardString(field, bytes, at, end)
    if (first === LETTER_N) {
      this.#values[field] = null
      return (kind & NULLABLE) === 0 ? GIVE_UP : skipNull(bytes, at, end)
    }
    if ((kind & (NUMBER | INTEGER)) !== 0) return this.#readNumber(field, kind, bytes, at, end)
    if ((kind & BOOLEAN) === 0) return GIVE_UP
    this.#values[field] = first === LETTER_T
    return first === LETTER_T ? skipTrue(bytes, at, end) : skipFalse(bytes, at, end)
  }

  #readNumber(field: number, kind: number, bytes: Uint8Array, at: number, end: number): number {
    const after = this.#numbers.read(bytes, at, end)
    const value = this.#numbers.value
    this.#values[field] = value
    if (after < 0 || !((kind & INTEGER) === 0 ? Number.isFinite(value) : Number.isSafeInteger(value)))
      return GIVE_UP
    return after
  }

  /** Reads a string with escapes or characters beyond ASCII. */
  #readHardString(field: number, bytes: Uint8Array, at: number, end: number): number {
    const after = skipString(bytes, at, end)
    const text = after < 0 ? undefined : decodeUtf8(bytes, at, after)
    if (text === undefined) return GIVE_UP
    this.#values[field] = JSON.parse(text)
    return after
  }

  /** An object without the optional fields that this record does not have. */
  #buildPart(seen: number): object {
    const made: Record<string, unknown> = {}
    for (const [field, { name }] of this.#fields.entries()) {
      if ((seen & (1 << field)) !== 0) made[name] = this.#values[field]
    }
    return made
  }
}

/** Skips the value of a field that the schema does not have. */
function skipUnknown(bytes: Uint8Array, at: number, end: number): number {
  const after = skipValue(bytes, at, end)
  const first = byteAt(bytes, at, end)
  if (first !== QUOTE && first !== OPEN_OBJECT && first !== OPEN_LIST) return after
  for (let next = at; next < after; next++) {
    if ((bytes[next] as number) >= FIRST_NON_ASCII) {
      return decodeUtf8(bytes, at, after) === undefined ? GIVE_UP : after
    }
  }
  return after
}
