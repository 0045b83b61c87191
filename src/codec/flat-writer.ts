/**
 * Writes the objects of one flat schema as JSON, straight into bytes: labels are made once, short
 * ASCII strings and numbers are copied character by character, which for a few characters is faster
 * than a call into Node.
 */
import type { ByteWriter } from './byte-writer.ts'
import { expectationOf, fieldOf, isScalar, mismatch } from './json-check.ts'
import type { ObjectShape, ScalarShape } from './json-schema.ts'

/** Longer strings are left to `JSON.stringify` and Node. */
const MAX_COPIED_LENGTH = 64

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const FIRST_PRINTABLE = 0x20
const FIRST_NON_ASCII = 0x80

interface FlatField {
  readonly name: string
  /** The bytes of `"name":`. */
  readonly label: Uint8Array
  readonly optional: boolean
  readonly scalar: ScalarShape
}

/** Appends a value; throws `Mismatch` for one that does not fit. */
export type FlatWriter = (value: unknown, into: ByteWriter) => void

/** A writer for objects of scalars, or `undefined` if `shape` holds anything else. */
export function flatWriter(shape: ObjectShape): FlatWriter | undefined {
  const fields: FlatField[] = []
  for (const { name, optional, shape: scalar } of shape.fields) {
    if (scalar.kind !== 'scalar' || scalar.scalar === 'unknown') return undefined
    fields.push({ name, label: Buffer.from(`${JSON.stringify(name)}:`), optional, scalar })
  }
  return (value, into) => writeFlat(value, fields, into)
}

function writeFlat(value: unknown, fields: readonly FlatField[], into: ByteWriter): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mismatch(value, 'an object', '')
  let separator = OPEN_OBJECT
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] as FlatField
    const found = fieldOf(value, field.name)
    if (found === undefined && field.optional) continue
    if (!isScalar(found, field.scalar)) throw mismatch(found, expectationOf(field.scalar, found), field.name)
    writeLabel(separator, field.label, into)
    if (typeof found === 'string') writeString(found, into)
    else writeAscii(String(found), into)
    separator = COMMA
  }
  if (separator === OPEN_OBJECT) into.writeByte(OPEN_OBJECT)
  into.writeByte(CLOSE_OBJECT)
}

function writeLabel(separator: number, label: Uint8Array, into: ByteWriter): void {
  into.reserve(label.length + 1)
  const buffer = into.buffer
  let to = into.length
  buffer[to++] = separator
  for (let at = 0; at < label.length; at++) buffer[to++] = label[at] as number
  into.length = to
}

function writeAscii(text: string, into: ByteWriter): void {
  into.reserve(text.length)
  const buffer = into.buffer
  let to = into.length
  for (let at = 0; at < text.length; at++) buffer[to++] = text.charCodeAt(at)
  into.length = to
}

function writeString(text: string, into: ByteWriter): void {
  if (text.length > MAX_COPIED_LENGTH || !writePlain(text, into)) into.writeUtf8(JSON.stringify(text))
}

/** Writes a string that needs no escape, or gives up and leaves `into` as it was. */
function writePlain(text: string, into: ByteWriter): boolean {
  into.reserve(text.length + 2)
  const buffer = into.buffer
  let to = into.length
  buffer[to++] = QUOTE
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < FIRST_PRINTABLE || code >= FIRST_NON_ASCII || code === QUOTE || code === BACKSLASH)
      return false
    buffer[to++] = code
  }
  buffer[to++] = QUOTE
  into.length = to
  return true
}
