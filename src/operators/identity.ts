/**
 * What makes two elements the same: scalars as they are, so that `1` is not `"1"`; arrays, plain objects, dates and
 * bytes by what they hold, in whatever order an object names it.
 */
import { describeValue, StepError } from '../errors.ts'

/** Begins texts that stand for something that is no string. */
const MARK = '\u0000'

/** A value that is equal, as the key of a Map, for elements that are the same. Throws `STEP_FAILED` for others than plain data. */
export function identityOf(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith(MARK) ? `${MARK}${value}` : value
  if (typeof value !== 'object' || value === null) return value
  return `${MARK}${contentsOf(value)}`
}

/** What a value holds, as text: equal for equal plain data, and for no other. Throws `STEP_FAILED` for what is no plain data. */
export function contentsOf(value: unknown): string {
  // What an array has no element for is undefined, as it is once it was written and read.
  if (Array.isArray(value)) return `[${Array.from(value, contentsOf).join(',')}]`
  if (typeof value === 'object' && value !== null) return objectText(value)
  if (typeof value === 'string') return JSON.stringify(value)
  return typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '0' : String(value)
}

function objectText(value: object): string {
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof Uint8Array) return `Bytes(${value.join(',')})`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    throw new StepError(
      'STEP_FAILED',
      `cannot tell whether ${describeValue(value)} is like another: only plain data can be compared; make such data of it first, or where the step has an option key, give one: { key: element => … }`,
    )
  }
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${contentsOf(field)}`).join(',')}}`
}
