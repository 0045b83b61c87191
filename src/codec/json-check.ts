/**
 * Takes what `JSON.parse` gave, or what a user wants to write, and makes of it exactly what the schema says.
 * This is the definition of what `json(schema)` accepts: the field extractor has to agree with it.
 */
import { describeValue } from '../errors.ts'
import type { JsonShape, ObjectShape, ScalarShape } from './json-schema.ts'

/** Thrown by `conform`; the codec turns it into an error of its own. */
export class Mismatch extends Error {}

/**
 * A value with the fields of `shape` in its order and no others, made from `value`. Throws
 * `Mismatch` that names the first field that is not what the schema says.
 */
export function conform(value: unknown, shape: JsonShape, path: string): unknown {
  switch (shape.kind) {
    case 'scalar':
      if (isScalar(value, shape)) return value
      throw mismatch(value, expectationOf(shape, value), path)
    case 'array':
      if (!Array.isArray(value)) throw mismatch(value, 'an array', path)
      return Array.from(value, (element, at) => conform(element, shape.element, `${path}[${at}]`))
    case 'object':
      return conformObject(value, shape, path)
  }
}

/** Whether `value` is a scalar that `shape` allows. */
export function isScalar(value: unknown, shape: ScalarShape): boolean {
  if (value === null) return shape.nullable || shape.scalar === 'unknown'
  switch (shape.scalar) {
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
      return Number.isFinite(value)
    case 'unknown':
      return value !== undefined
    default:
      return typeof value === shape.scalar
  }
}

function conformObject(value: unknown, shape: ObjectShape, path: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw mismatch(value, 'an object', path)
  const result = {}
  for (const { name, optional, shape: field } of shape.fields) {
    const found = fieldOf(value, name)
    if (found === undefined && optional) continue
    const checked = conform(found, field, path === '' ? name : `${path}.${name}`)
    setField(result, name, checked)
  }
  return result
}

/** The field of an object; what every object inherits, such as `constructor`, is none. */
export function fieldOf(object: object, name: string): unknown {
  const found = (object as Record<string, unknown>)[name]
  const maybeInherited = typeof found === 'function' || name === '__proto__'
  return maybeInherited && !Object.hasOwn(object, name) ? undefined : found
}

/** Sets a field of its own: assigning to `__proto__` would change what the object inherits. */
export function setField(object: object, name: string, value: unknown): void {
  if (name !== '__proto__') (object as Record<string, unknown>)[name] = value
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
}

/** What a scalar should have been instead of `found`, for messages. */
export function expectationOf(shape: ScalarShape, found: unknown): string {
  const unfit = typeof found === 'number' && shape.scalar === 'number' ? 'finite number' : shape.scalar
  return shape.nullable ? `${unfit} or null` : unfit
}

/** The error for a value that is not what was expected at `path`. */
export function mismatch(found: unknown, expected: string, path: string): Mismatch {
  const place = path === '' ? 'the value' : `field "${path}"`
  if (found === undefined) return new Mismatch(`${place} is missing; expected ${expected}`)
  return new Mismatch(`${place} is ${describeValue(found)} (${typeName(found)}); expected ${expected}`)
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
