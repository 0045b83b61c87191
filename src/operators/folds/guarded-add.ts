import type { FoldParts } from './fold.ts'
import type { Place } from './place.ts'

/**
 * Adds an element so that a throw leaves the accumulator as it was: it is added to a copy where it may
 * be half changed. The entry keeps the old accumulator until this returns.
 */
export function guardedAdd<In, Acc, Out>(
  fold: FoldParts<In, Acc, Out>,
  before: Acc,
  { element, place }: { readonly element: In; readonly place: Place },
): Acc {
  const { copy } = fold
  return fold.add(fold.mutates && copy !== undefined ? copy(before) : before, element, place)
}
