/**
 * Folds: how elements are aggregated, apart from where (in a window, or running).
 *
 * A fold is configuration; its accumulators are made, changed and read only through it.
 */
import { describeValue, StepError } from '../../errors.ts'
import type { Wire } from '../../state/index.ts'
import type { Change } from '../tables/change.ts'
import type { Place } from './place.ts'

/** The parts of a fold that make results. */
export interface FoldParts<In, Acc, Out> {
  /** Changes whenever an accumulator in state would be read wrongly. */
  readonly fingerprint: string
  create(): Acc
  /** Takes an element in, and gives the accumulator to keep: may be the same one, changed. */
  add(accumulator: Acc, element: In, place: Place): Acc
  result(accumulator: Acc): Out
  /**
   * Adds the second accumulator, which stays as it is, to the first; present when the result does not
   * depend on the order in which elements were added.
   */
  readonly merge?: (into: Acc, other: Acc) => Acc
  /** Whether an accumulator is smaller than the elements in it: then it may travel in their place. */
  readonly condenses: boolean
  /** How accumulators are written into state. */
  readonly wire: Wire<Acc>
  /** Whether a throw of `add` may leave an accumulator half changed. */
  readonly mutates: boolean
  /** A copy that may be changed while the first stays as it is; present where `add` may throw. */
  readonly copy?: (accumulator: Acc) => Acc
  /** `add` in two halves, where only the first may throw. */
  readonly halves?: Halves<In, Acc>
}

/** An aggregation from elements `In` by way of accumulators `Acc` to a result `Out`. */
export interface Fold<In, Acc, Out> extends FoldParts<In, Acc, Out> {
  /** The same aggregation over rows that come and go; absent where an element cannot be taken back. */
  readonly retracting?: () => ChangesFold<In, Out>
}

/** A fold over rows `In` that come and go. */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator goes in where it came out, and nowhere else.
export type ChangesFold<In, Out> = FoldParts<Change<In>, any, Out>

/** An addition in two halves. */
export interface Halves<In, Acc> {
  /** Calls the user's function and checks what it gives. */
  read(element: In): unknown
  /** Adds what `read` gave; never throws. */
  take(accumulator: Acc, read: unknown, place: Place): Acc
}

/** A fold whose accumulators are nobody else's business. */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator goes in where it came out, and nowhere else.
export type AnyFold<In, Out> = Fold<In, any, Out>

/** A number that a user's function gave. Throws `STEP_FAILED` for anything else. */
export function checkNumber(value: number, name: string): number {
  if (typeof value === 'number') return value
  throw new StepError('STEP_FAILED', `${name} was given ${describeValue(value)}; expected a number`)
}
