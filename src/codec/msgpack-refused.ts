/**
 * Finds out, after msgpack has refused a value, which part of it was to blame: slow, so only then.
 */
import { describeValue } from '../errors.ts'
import { MAX_DEPTH } from './msgpack-format.ts'

/** What cannot be written and where, such as `found a function at .handlers[0]; …`, if it can be told. */
export function findRefused(value: unknown): string | undefined {
  return refusedAt(value, '', 1)
}

function refusedAt(value: unknown, path: string, depth: number): string | undefined {
  const refusal = refusalOf(value)
  if (refusal !== undefined)
    return `cannot write ${refusal}${path === '' ? '' : ` at ${path}`} as MessagePack`
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (depth > MAX_DEPTH)
    return `cannot write a value nested deeper than ${MAX_DEPTH}, or one that contains itself, as MessagePack`
  for (const [place, child] of childrenOf(value)) {
    const found = refusedAt(child, `${path}${place}`, depth + 1)
    if (found !== undefined) return found
  }
  return undefined
}

function refusalOf(value: unknown): string | undefined {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value !== 'object' || value === null) return undefined
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid date' : undefined
  if (Array.isArray(value) || value instanceof Uint8Array) return undefined
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: unknown } | null
  if (prototype === null || prototype === Object.prototype) return undefined
  if (prototype === Map.prototype || prototype === Set.prototype) return undefined
  const made = prototype.constructor
  const name = typeof made === 'function' ? made.name : ''
  return `an instance of ${name === '' ? 'a class' : name} (make it a plain object first)`
}

function* childrenOf(value: object): Generator<readonly [place: string, child: unknown]> {
  if (value instanceof Map) {
    for (const [key, child] of value as Map<unknown, unknown>) {
      yield ['<key>', key]
      yield [`.get(${describeValue(key)})`, child]
    }
  } else if (value instanceof Set) {
    for (const child of value as Set<unknown>) yield ['<member>', child]
  } else if (Array.isArray(value)) {
    for (const [at, child] of value.entries()) yield [`[${at}]`, child]
  } else {
    for (const [name, child] of Object.entries(value)) yield [`.${name}`, child]
  }
}
