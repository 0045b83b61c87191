import type { Fold } from './fold.ts'

/**
 * Adds an element so that a throw leaves the accumulator as it was: the user's function gets a copy
 * where it may change what it is given. The entry keeps the old accumulator until this returns.
 */
export function guardedAdd<In, Acc, Out>(fold: Fold<In, Acc, Out>, accumulator: Acc, element: In): Acc {
  return fold.add(fold.mutates ? structuredClone(accumulator) : accumulator, element)
}
