/**
 * Folds: how elements are aggregated, apart from where (in a window, or running).
 *
 * A fold is configuration; its accumulators are made, changed and read only through it.
 */
import { describeValue, StepError } from '../errors.ts'
import {
  addToSum,
  type ExactSum,
  type ExactSumState,
  mergeSums,
  newSum,
  sumFromState,
  sumOf,
  sumToState,
} from './exact-sum.ts'

/** An aggregation from elements `In` by way of accumulators `Acc` to a result `Out`. */
export interface Fold<In, Acc, Out> {
  /** Changes whenever an accumulator in state would be read wrongly. */
  readonly fingerprint: string
  create(): Acc
  /** Takes an element in, and gives the accumulator to keep: may be the same one, changed. */
  add(accumulator: Acc, element: In): Acc
  result(accumulator: Acc): Out
  /** Adds the second accumulator to the first; present when the result does not depend on the order. */
  readonly merge?: (into: Acc, other: Acc) => Acc
  /** What msgpack can carry. */
  toState(accumulator: Acc): unknown
  fromState(state: unknown): Acc
  /** Whether a user's function changes accumulators in place, so that a throw may leave one half changed. */
  readonly mutates: boolean
}

/** A user's aggregation for `aggregate`. */
export interface Aggregation<In, Acc, Out> {
  /** The accumulator of no elements; called once per key and window. Must be what msgpack can carry. */
  create(): Acc
  /** Takes an element in, and gives the accumulator to keep; it may change and return the given one. */
  add(accumulator: Acc, element: In): Acc
  /** The result of an accumulator; without it the accumulator itself. Called when the window closes. */
  result?(accumulator: Acc): Out
  /** Adds two accumulators; say it when the order of elements does not matter, and less will travel. */
  merge?(into: Acc, other: Acc): Acc
  /** Raise it when accumulators of an earlier version of the program must not be read any more. */
  version?: number
}

/** Counts elements. */
export function countFold<In>(): Fold<In, number, number> {
  return {
    fingerprint: 'count:1',
    create: () => 0,
    add: count => count + 1,
    result: count => count,
    merge: (into, other) => into + other,
    toState: count => count,
    fromState: state => state as number,
    mutates: false,
  }
}

/** The exact sum of a number per element. */
export function sumFold<In>(of: (element: In) => number): Fold<In, ExactSum, number> {
  return {
    fingerprint: 'sum:1',
    create: newSum,
    add: (sum, element) => {
      addToSum(sum, checkNumber(of(element), 'sum'))
      return sum
    },
    result: sumOf,
    merge: (into, other) => {
      mergeSums(into, other)
      return into
    },
    toState: sumToState,
    fromState: state => sumFromState(state as ExactSumState),
    mutates: false,
  }
}

interface Mean {
  readonly sum: ExactSum
  count: number
}

/** The exact sum of a number per element, divided by their count. */
export function meanFold<In>(of: (element: In) => number): Fold<In, Mean, number> {
  return {
    fingerprint: 'mean:1',
    create: () => ({ sum: newSum(), count: 0 }),
    add: (mean, element) => {
      addToSum(mean.sum, checkNumber(of(element), 'mean'))
      mean.count++
      return mean
    },
    result: mean => sumOf(mean.sum) / mean.count,
    merge: (into, other) => {
      mergeSums(into.sum, other.sum)
      into.count += other.count
      return into
    },
    toState: mean => [sumToState(mean.sum), mean.count],
    fromState: state => {
      const [sum, count] = state as [ExactSumState, number]
      return { sum: sumFromState(sum), count }
    },
    mutates: false,
  }
}

/** The smallest (`Math.min`) or largest (`Math.max`) of a number per element. */
export function extremeFold<In>(name: 'min' | 'max', of: (element: In) => number): Fold<In, number, number> {
  const pick = name === 'min' ? Math.min : Math.max
  return {
    fingerprint: `${name}:1`,
    create: () => (name === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY),
    add: (extreme, element) => pick(extreme, checkNumber(of(element), name)),
    result: extreme => extreme,
    merge: pick,
    toState: extreme => extreme,
    fromState: state => state as number,
    mutates: false,
  }
}

interface Reduced<In> {
  value: In | undefined
  empty: boolean
}

/** Combines elements two by two; the result of one element is that element. */
export function reduceFold<In>(combine: (left: In, right: In) => In): Fold<In, Reduced<In>, In> {
  return {
    fingerprint: 'reduce:1',
    create: () => ({ value: undefined, empty: true }),
    add: (reduced, element) => {
      reduced.value = reduced.empty ? element : combine(reduced.value as In, element)
      reduced.empty = false
      return reduced
    },
    result: reduced => reduced.value as In,
    toState: reduced => reduced.value,
    fromState: state => ({ value: state as In, empty: false }),
    mutates: true,
  }
}

/** A user's own aggregation. */
export function aggregateFold<In, Acc, Out>(aggregation: Aggregation<In, Acc, Out>): Fold<In, Acc, Out> {
  const { merge } = aggregation
  return {
    fingerprint: `aggregate:${aggregation.version ?? 1}`,
    create: () => aggregation.create(),
    add: (accumulator, element) => aggregation.add(accumulator, element),
    result: accumulator =>
      aggregation.result === undefined ? (accumulator as unknown as Out) : aggregation.result(accumulator),
    ...(merge === undefined
      ? {}
      : { merge: (into: Acc, other: Acc) => merge.call(aggregation, into, other) }),
    toState: accumulator => accumulator,
    fromState: state => state as Acc,
    mutates: true,
  }
}

function checkNumber(value: number, name: string): number {
  if (typeof value === 'number') return value
  throw new StepError('STEP_FAILED', `${name} was given ${describeValue(value)}; expected a number`)
}
