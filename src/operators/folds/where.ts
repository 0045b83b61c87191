/** A fold over some of the elements: SQL's `FILTER (WHERE …)`. */
import { GraphError } from '../../errors.ts'
import { checkFunction } from '../check-options.ts'
import { type Change, kept } from '../tables/change.ts'
import type { AnyFold, FoldParts, Halves } from './fold.ts'

/** What `read` gives for an element that is left out. */
const LEFT_OUT: unique symbol = Symbol('left out')

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
  const { retracting, ...parts } = fold
  return {
    ...filtered(element => (keeps(element) ? element : LEFT_OUT), parts),
    ...(retracting === undefined
      ? {}
      : {
          retracting: () =>
            filtered((change: Change<In>) => kept(change, keeps)[0] ?? LEFT_OUT, retracting()),
        }),
  }
}

/** The fold of what is left of elements. */
function filtered<In, Acc, Out>(
  leftOf: (element: In) => In | typeof LEFT_OUT,
  fold: FoldParts<In, Acc, Out>,
): FoldParts<In, Acc, Out> {
  const { halves: _, ...parts } = fold
  const halves = halvesOf(leftOf, fold)
  return {
    ...parts,
    fingerprint: `where ${fold.fingerprint}`,
    add: (accumulator, element, place) => {
      const left = leftOf(element)
      return left === LEFT_OUT ? accumulator : fold.add(accumulator, left, place)
    },
    ...(halves === undefined ? {} : { halves }),
  }
}

/** The condition may throw, so it is asked in the first half; where an addition may throw too, there are none. */
function halvesOf<In, Acc, Out>(
  leftOf: (element: In) => In | typeof LEFT_OUT,
  { add, copy, halves }: FoldParts<In, Acc, Out>,
): Halves<In, Acc> | undefined {
  if (halves === undefined && copy !== undefined) return undefined
  return {
    read: element => {
      const left = leftOf(element)
      return left === LEFT_OUT || halves === undefined ? left : halves.read(left)
    },
    take: (accumulator, read, place) => {
      if (read === LEFT_OUT) return accumulator
      // Without halves it is the element.
      return halves === undefined
        ? add(accumulator, read as In, place)
        : halves.take(accumulator, read, place)
    },
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
