/**
 * The JSON codec: any JSON, or JSON of a schema that is checked on the way in and on the way out.
 */
import { CodecError, messageOf } from '../errors.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Codec } from './codec.ts'
import { fieldExtractor } from './extractor.ts'
import { flatWriter } from './flat-writer.ts'
import { conform, Mismatch } from './json-check.ts'
import { parseJson } from './json-parse.ts'
import { type JsonOf, type JsonSchema, type JsonShape, shapeOf, shapeText } from './json-schema.ts'
import { stringify } from './json-write.ts'
import {
  checkStandardSchema,
  isStandardSchema,
  type StandardSchema,
  type StandardSchemaOutput,
  validateWith,
} from './standard-schema.ts'

/**
 * JSON text. Without a schema it reads and writes any JSON, and the type is a promise that nobody
 * checks. With one, the schema is also the type, and every record is checked against it: a field
 * that is missing or of another type is an error that names it, further fields are dropped.
 *
 * ```ts
 * const readings = json({ sensor: 'string', time: 'integer', value: 'number', unit: 'string?' })
 * // Codec<{ sensor: string; time: number; value: number; unit?: string }>
 * ```
 *
 * Kinds: `string`, `number` (finite), `integer` (safe), `boolean`, `unknown` (any JSON); `|null` if it
 * may be null, then `?` if the field may be missing; objects and arrays (`['number']`) nest.
 * Bytes that are not UTF-8 are refused, the last of duplicate fields counts, as in `JSON.parse`.
 *
 * The schema may also be a validator that follows Standard Schema (zod, valibot, arktype, …): records
 * are then read by `JSON.parse` and given to it, and the values are what it makes of them. It has to
 * answer at once. It is not asked when writing: a value of its output type need not be valid input.
 */
export function json<T = unknown>(): Codec<T>
export function json<S extends StandardSchema>(schema: S): Codec<StandardSchemaOutput<S>>
export function json<const S extends JsonSchema>(schema: S): Codec<JsonOf<S>>
export function json(schema?: JsonSchema | StandardSchema): Codec<unknown> {
  if (schema === undefined) return ANY_JSON
  return isStandardSchema(schema) ? validatedCodec(schema) : schemaCodec(shapeOf(schema))
}

const ANY_JSON: Codec<unknown> = {
  name: 'json',
  fingerprint: 'json:1',
  decode: parseJson,
  encode(value: unknown, into: ByteWriter): void {
    try {
      into.writeUtf8(stringify(value))
    } catch (thrown) {
      throw codecErrorOf(thrown, 'ENCODE_FAILED')
    }
  },
}

function validatedCodec(schema: StandardSchema): Codec<unknown> {
  checkStandardSchema(schema)
  return {
    name: 'json',
    // what a validator accepts cannot be told from outside
    fingerprint: `json:1:${schema['~standard'].vendor}`,
    decode: (bytes, start, end) => validateWith(schema, parseJson(bytes, start, end)),
    encode: ANY_JSON.encode,
  }
}

function schemaCodec(shape: JsonShape): Codec<unknown> {
  const extractor = shape.kind === 'object' ? fieldExtractor(shape) : undefined
  const write =
    (shape.kind === 'object' ? flatWriter(shape) : undefined) ??
    ((value: unknown, into: ByteWriter) => into.writeUtf8(stringify(conform(value, shape, ''))))
  return {
    name: 'json',
    fingerprint: `json:1:${shapeText(shape)}`,
    decode(bytes: Uint8Array, start: number, end: number): unknown {
      return extractor?.extract(bytes, start, end) ?? decodeByShape(shape, bytes, start, end)
    },
    encode(value: unknown, into: ByteWriter): void {
      try {
        write(value, into)
      } catch (thrown) {
        throw codecErrorOf(thrown, 'ENCODE_FAILED')
      }
    },
  }
}

/** Reads a record by `JSON.parse` and the check, which the extractor has to agree with. */
function decodeByShape(shape: JsonShape, bytes: Uint8Array, start: number, end: number): unknown {
  const parsed = parseJson(bytes, start, end)
  try {
    return conform(parsed, shape, '')
  } catch (thrown) {
    throw codecErrorOf(thrown, 'DECODE_FAILED')
  }
}

function codecErrorOf(thrown: unknown, code: 'DECODE_FAILED' | 'ENCODE_FAILED'): CodecError {
  // a getter of the value may throw anything
  return new CodecError(code, messageOf(thrown), thrown instanceof Mismatch ? {} : { cause: thrown })
}
