/**
 * Writes JSON text, and refuses what `JSON.stringify` would silently change or leave out: `NaN` and the
 * infinities, functions, symbols, `undefined` in arrays, `Map` and `Set`.
 */
import { messageOf } from '../errors.ts'
import { Mismatch, mismatch } from './json-check.ts'

/** Deeper values are left to `JSON.stringify`, which finds out whether they contain themselves. */
const MAX_CHECKED_DEPTH = 1000

/** The JSON text of any value. Throws `Mismatch` that names what JSON cannot hold. */
export function stringify(value: unknown): string {
  const refused = findUnwritable(value, 0)
  if (refused !== undefined) throw mismatch(refused.found, 'a JSON value', refused.path.replace(/^\./, ''))
  try {
    return JSON.stringify(value)
  } catch (thrown) {
    throw new Mismatch(`cannot be written as JSON: ${messageOf(thrown)}`)
  }
}

interface Unwritable {
  readonly found: unknown
  /** Built from the inside out, only once something has been found. */
  readonly path: string
}

function findUnwritable(value: unknown, depth: number): Unwritable | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { found: value, path: '' }
  if (typeof value !== 'object' || value instanceof Map || value instanceof Set)
    return { found: value, path: '' }
  if (depth === MAX_CHECKED_DEPTH || typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return undefined
  return Array.isArray(value) ? findInArray(value, depth) : findInObject(value, depth)
}

function findInArray(values: readonly unknown[], depth: number): Unwritable | undefined {
  for (let at = 0; at < values.length; at++) {
    const refused = findUnwritable(values[at], depth + 1)
    if (refused !== undefined) return { found: refused.found, path: `[${at}]${refused.path}` }
  }
  return undefined
}

function findInObject(object: object, depth: number): Unwritable | undefined {
  for (const name in object) {
    const child = (object as Record<string, unknown>)[name]
    // a field that is undefined is a field that is not there
    if (child === undefined || !Object.hasOwn(object, name)) continue
    const refused = findUnwritable(child, depth + 1)
    if (refused !== undefined) return { found: refused.found, path: `.${name}${refused.path}` }
  }
  return undefined
}
