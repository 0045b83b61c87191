/**
 * Schemas for `json`: what a user writes, the TypeScript type it stands for, and its checked form.
 *
 * Invariant: every accepted schema describes exactly the values of `JsonOf` of its type.
 */
import { describeValue, GraphError } from '../errors.ts'

/** What a scalar may be. `integer` is a safe integer; `unknown` is any JSON value. */
export type JsonScalar = 'string' | 'number' | 'integer' | 'boolean' | 'unknown'

/** The kind of a value that must be there: `'number'`, or `'number|null'` where null is a value too. */
export type JsonKind = JsonScalar | `${JsonScalar}|null`

/** The kind of a field: a trailing `?` lets it be missing, as in `'number?'` and `'number|null?'`. */
export type JsonFieldKind = JsonKind | `${JsonKind}?`

/** An object: the name of each field with its schema. Other fields are dropped when reading. */
export interface JsonObjectSchema {
  readonly [field: string]: JsonFieldKind | JsonObjectSchema | JsonArraySchema
}

/** An array whose elements all have one schema: `['number']`, `[{ id: 'string' }]`. */
export type JsonArraySchema = readonly [JsonKind | JsonObjectSchema | JsonArraySchema]

/** What `json(schema)` accepts. */
export type JsonSchema = JsonKind | JsonObjectSchema | JsonArraySchema

/** The type of the values that a schema describes. */
export type JsonOf<S> = S extends string
  ? KindOf<S>
  : S extends readonly [infer Element]
    ? JsonOf<Element>[]
    : Flat<
        {
          -readonly [Field in keyof S as S[Field] extends `${string}?` ? never : Field]: JsonOf<S[Field]>
        } & {
          -readonly [Field in keyof S as S[Field] extends `${string}?` ? Field : never]?: JsonOf<S[Field]>
        }
      >

type KindOf<K extends string> = K extends `${infer Present}?`
  ? KindOf<Present>
  : K extends `${infer Scalar}|null`
    ? KindOf<Scalar> | null
    : K extends keyof Scalars
      ? Scalars[K]
      : never

interface Scalars {
  string: string
  number: number
  integer: number
  boolean: boolean
  unknown: unknown
}

type Flat<T> = { [Field in keyof T]: T[Field] }

/** A checked schema. */
export type JsonShape = ScalarShape | ArrayShape | ObjectShape

export interface ScalarShape {
  readonly kind: 'scalar'
  readonly scalar: JsonScalar
  readonly nullable: boolean
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly element: JsonShape
}

export interface ObjectShape {
  readonly kind: 'object'
  readonly fields: readonly FieldShape[]
}

export interface FieldShape {
  readonly name: string
  readonly optional: boolean
  readonly shape: JsonShape
}

const SCALARS: readonly string[] = [
  'string',
  'number',
  'integer',
  'boolean',
  'unknown',
] satisfies JsonScalar[]

/** Checks a schema. Throws `GraphError` (`OPTION_INVALID`) that names the place of what is wrong. */
export function shapeOf(schema: JsonSchema): JsonShape {
  return parseShape(schema, '')
}

/** The schema as canonical text: two schemas that read all bytes alike in the same way have the same. */
export function shapeText(shape: JsonShape): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.nullable ? `${shape.scalar}|null` : shape.scalar
    case 'array':
      return `[${shapeText(shape.element)}]`
    case 'object': {
      const fields = shape.fields.map(
        field => `${JSON.stringify(field.name)}${field.optional ? '?' : ''}:${shapeText(field.shape)}`,
      )
      return `{${fields.sort().join(',')}}`
    }
  }
}

function parseShape(schema: unknown, place: string): JsonShape {
  if (typeof schema === 'string') return parseKind(schema, schema, place)
  if (Array.isArray(schema)) {
    if (schema.length === 1) return { kind: 'array', element: parseShape(schema[0], `${place}[]`) }
  } else if (typeof schema === 'object' && schema !== null) {
    return {
      kind: 'object',
      fields: Object.entries(schema).map(([name, field]) => parseField(name, field, place)),
    }
  }
  throw invalid(schema, place)
}

function parseField(name: string, schema: unknown, place: string): FieldShape {
  const path = place === '' ? name : `${place}.${name}`
  if (typeof schema !== 'string' || !schema.endsWith('?')) {
    return { name, optional: false, shape: parseShape(schema, path) }
  }
  return { name, optional: true, shape: parseKind(schema.slice(0, -1), schema, path) }
}

function parseKind(kind: string, written: string, place: string): ScalarShape {
  const nullable = kind.endsWith('|null')
  const scalar = nullable ? kind.slice(0, -'|null'.length) : kind
  if (!SCALARS.includes(scalar)) throw invalid(written, place)
  return { kind: 'scalar', scalar: scalar as JsonScalar, nullable }
}

function invalid(found: unknown, place: string): GraphError {
  return new GraphError(
    'OPTION_INVALID',
    `json schema${place === '' ? '' : ` of field "${place}"`} is ${describeValue(found)}; expected one of ` +
      `${SCALARS.map(scalar => `"${scalar}"`).join(', ')} (with "|null" if it may be null, and in an object "?" ` +
      'if it may be missing), an object of these, or an array that holds the schema of its elements',
  )
}
