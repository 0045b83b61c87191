/** Values that are told apart: what may be keys. */
import { isKey, type Key, type KeyPart } from '../../codec/index.ts'
import { describeValue, StepError } from '../../errors.ts'

/** A value that a user's function gave. Throws `STEP_FAILED` for what may not be a key. */
export function checkedValue<K extends Key>(value: K, name: string): K {
  if (isKey(value)) return value
  throw new StepError(
    'STEP_FAILED',
    `${name} was given ${describeValue(value)}; expected a string, a finite number, a boolean, a bigint or a tuple of these`,
  )
}

/** The order of values: numbers and bigints by size, before booleans, strings and tuples; tuples part by part. */
export function compareValues(left: Key, right: Key): number {
  if (typeof left !== 'object' && typeof right !== 'object') return compareParts(left, right)
  if (typeof left !== 'object') return -1
  if (typeof right !== 'object') return 1
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = compareParts(left[at] ?? 0, right[at] ?? 0)
    if (order !== 0) return order
  }
  return left.length - right.length
}

const RANKS: Readonly<Record<string, number>> = { number: 0, bigint: 0, boolean: 1, string: 2 }

function compareParts(left: KeyPart, right: KeyPart): number {
  const ranks = (RANKS[typeof left] ?? 0) - (RANKS[typeof right] ?? 0)
  if (ranks !== 0) return ranks
  if (left < right) return -1
  if (left > right) return 1
  // 1 and 1n are two values.
  return typeof left === typeof right ? 0 : typeof left === 'number' ? -1 : 1
}
