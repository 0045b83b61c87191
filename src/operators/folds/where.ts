/** A fold over some of the elements: SQL's `FILTER (WHERE …)`. */
import { GraphError } from '../../errors.ts'
import { checkFunction } from '../check-options.ts'
import type { AnyFold, Fold, Halves } from './fold.ts'
import type { Place } from './place.ts'

/** What `read` gives for an element that is left out. */
const LEFT_OUT = Symbol('left out')

/**
 * An aggregation of those elements only for which `keeps` gives true. Of none, `count`, `sum`, `distinct` and
 * the like are 0, lists are empty, `mean` is NaN, `min` +∞; aggregations that need an element, such as
 * `maxBy` and `first`, are refused: filter the stream instead.
 *
 * ```ts
 * .aggregate({ orders: count(), large: where(order => order.total > 1000, count()) })
 * ```
 */
export function where<In, Out>(
  keeps: (element: In) => boolean,
  fold: AnyFold<NoInfer<In>, Out>,
): AnyFold<In, Out> {
  checkFunction(keeps, 'where')
  checkResultOfNone(fold)
  return filtered<In, unknown, Out>(keeps, fold)
}

function filtered<In, Acc, Out>(
  keeps: (element: In) => boolean,
  fold: Fold<In, Acc, Out>,
): Fold<In, Acc, Out> {
  const { retracting } = fold
  const halves = halvesOf(keeps, fold)
  return {
    ...fold,
    fingerprint: `where ${fold.fingerprint}`,
    add: (accumulator, element, place) =>
      keeps(element) ? fold.add(accumulator, element, place) : accumulator,
    ...(halves === undefined ? {} : { halves }),
    ...(retracting === undefined ? {} : { retracting: () => filtered(keeps, retracting()) }),
  }
}

/** The condition may throw, so it is asked in the first half; where an addition may throw too, there are none. */
function halvesOf<In, Acc, Out>(
  keeps: (element: In) => boolean,
  { add, copy, halves }: Fold<In, Acc, Out>,
): Halves<In, Acc> | undefined {
  if (halves !== undefined) {
    return {
      read: element => (keeps(element) ? halves.read(element) : LEFT_OUT),
      take: (accumulator, read, place) =>
        read === LEFT_OUT ? accumulator : halves.take(accumulator, read, place),
    }
  }
  if (copy !== undefined) return undefined
  return {
    read: element => (keeps(element) ? element : LEFT_OUT),
    take: (accumulator, read, place: Place) =>
      // It is what `read` gave.
      read === LEFT_OUT ? accumulator : add(accumulator, read as In, place),
  }
}

function checkResultOfNone(fold: Partial<AnyFold<never, unknown>> | undefined): void {
  if (typeof fold?.create !== 'function' || fold.result === undefined || fold.wire === undefined) {
    throw new GraphError(
      'OPTION_INVALID',
      'where: expected an aggregation such as count() or sum(…) as its second argument',
    )
  }
  if (hasResultOfNone(fold.create, fold.result)) return
  throw new GraphError(
    'OPTION_INVALID',
    `where: ${fold.fingerprint?.split(':')[0]} has no result where it is given no element; use count, sum, mean, min, max, distinct, countBy, top, collect or the like, or filter the stream`,
  )
}

function hasResultOfNone(create: () => unknown, result: (accumulator: unknown) => unknown): boolean {
  try {
    return result(create()) !== undefined
  } catch {
    // It looked for an element.
    return false
  }
}
