/**
 * How rows come and go: the elements of change streams and tables.
 *
 * A change names what was there before and what is there after it. So whoever adds up takes `before` back and
 * adds `after`, and what one change adds a later one takes back, equal in all fields.
 */
import type { Key } from '../../codec/index.ts'
import { contentsOf } from '../identity.ts'

/**
 * A row that comes (`before` is null), goes (`after` is null), or is replaced. Both are null where an element
 * left a table as it was: nothing to remove was removed.
 */
export interface Change<T> {
  readonly before: T | null
  readonly after: T | null
}

/** The change in which a row comes. */
export function added<T>(after: T): Change<T> {
  return { before: null, after }
}

/** The change in which a row goes. */
export function removed<T>(before: T): Change<T> {
  return { before, after: null }
}

/** A function of rows as one of changes. Rows that are equal must become equal ones: what is taken back is made anew. */
export function onRows<T, U>(fn: (row: T) => U): (change: Change<T>) => Change<U> {
  return ({ before, after }) => ({
    before: before === null ? null : fn(before),
    after: after === null ? null : fn(after),
  })
}

/** Whether a change leaves everything as it was. */
export function isTouch({ before, after }: Change<unknown>): boolean {
  return before === null && after === null
}

/** The change where only some rows are kept: one that becomes such a row comes, one that is it no more goes. */
export function kept<T>(change: Change<T>, isKept: (row: T) => boolean): readonly Change<T>[] {
  const { before, after } = change
  const had = before === null || !isKept(before) ? null : before
  const has = after === null || !isKept(after) ? null : after
  if (had === before && has === after) return [change]
  return had === null && has === null ? [] : [{ before: had, after: has }]
}

/** The change in halves where it moves a row from one key to another. */
export function splitByKey<T>(change: Change<T>, keyOf: (row: T) => Key): readonly Change<T>[] {
  const { before, after } = change
  if (before !== null && after !== null) {
    return isSameKey(keyOf(before), keyOf(after)) ? [change] : [removed(before), added(after)]
  }
  return isTouch(change) ? [] : [change]
}

/** What a change does to the rows that are made of each: those that stay equal are left out. */
export function differences<T, U>(
  { before, after }: Change<T>,
  rowsOf: (row: T) => Iterable<U>,
): Change<U>[] {
  const rows = after === null ? [] : [...rowsOf(after)]
  if (before === null) return rows.map(row => added(row))
  const coming = Map.groupBy(rows, contentsOf)
  const changes: Change<U>[] = []
  for (const row of rowsOf(before)) {
    const equal = coming.get(contentsOf(row))
    if (equal === undefined || equal.length === 0) changes.push(removed(row))
    else equal.pop()
  }
  for (const left of coming.values()) for (const row of left) changes.push(added(row))
  return changes
}

/** Whether two keys are equal. */
export function isSameKey(left: Key, right: Key): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  return left.length === right.length && left.every((part, number) => part === right[number])
}
