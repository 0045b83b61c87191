/**
 * Pairs of a join, and where they stand: at the later of their two elements, told apart by the other one. So
 * their order is the same whichever of the two came first.
 */
import type { Context } from '../../graph/index.ts'
import { comparePlaces, type Place } from '../folds/index.ts'
import { joinRefs } from '../kernels/kept-refs.ts'
import type { KeptElement } from './kept-element.ts'

/** What is left of 53 bits for the distance of times. */
const MOST_DISTANCE = 2 ** 32 - 1
const LOW_BITS = 2 ** 20

/** Makes a context that of a pair: its time is the later one, and it comes just in time, or as late as its elements. */
export function enterPair(left: KeptElement, right: KeptElement, context: Context): void {
  const isRightLater = comparePlaces(left, right) <= 0
  const later = isRightLater ? right : left
  const earlier = isRightLater ? left : right
  context.time = later.time
  context.timestamp = later.time
  context.entryWatermark = Math.max(later.time - 1, left.entryWatermark, right.entryWatermark)
  context.origin = later.origin
  context.offset = later.offset
  context.index = indexOf(later, earlier)
  context.refs =
    left.refs === undefined && right.refs === undefined ? undefined : joinRefs([left.refs, right.refs])
}

/** Pairs with one later element are in the order of the times of the others; of equal time, in one order. */
function indexOf(later: Place, earlier: Place): number {
  const distance = MOST_DISTANCE - Math.min(later.time - earlier.time, MOST_DISTANCE)
  const { origin, offset, index } = earlier
  const rest = offset + 31 * origin.partition + 1021 * (index % LOW_BITS) + 8191 * (later.index % LOW_BITS)
  return distance * LOW_BITS + (rest % LOW_BITS)
}
