/** Folds over a number per element: count, sum, mean, min, max. None depends on the order of elements. */
import { plainWire } from '../../state/index.ts'
import type { Change } from '../tables/change.ts'
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
import { checkNumber, type Fold, type FoldParts } from './fold.ts'
import { retractingMoments, sumOfMoments } from './moments.ts'
import { rankingRows } from './ranked-rows.ts'

const NUMBER = plainWire<number>()

/** Counts elements. */
export function count<In>(): Fold<In, number, number> {
  const fold = {
    fingerprint: 'count:1',
    create: () => 0,
    add: (before: number) => before + 1,
    result: (all: number) => all,
    merge: (into: number, other: number) => into + other,
    condenses: true,
    wire: NUMBER,
    mutates: false,
  }
  const retracting = (): FoldParts<Change<In>, number, number> => ({
    ...fold,
    fingerprint: 'count:1 retracting',
    add: (all, { before, after }) => all + (after === null ? 0 : 1) - (before === null ? 0 : 1),
  })
  return { ...fold, retracting }
}

/** The exact sum of a number per element, rounded once at the end. */
export function sum<In>(of: (element: In) => number): Fold<In, ExactSum, number> {
  return {
    fingerprint: 'sum:1',
    create: newSum,
    add: (before, element) => {
      addToSum(before, checkNumber(of(element), 'sum'))
      return before
    },
    result: sumOf,
    merge: (into, other) => {
      mergeSums(into, other)
      return into
    },
    condenses: true,
    // What was written is what is read.
    wire: { encode: sumToState, decode: state => sumFromState(state as ExactSumState) },
    mutates: false,
    copy: before => sumFromState(sumToState(before)),
    retracting: () => retractingMoments(of, 'sum', sumOfMoments),
  }
}

interface Mean {
  readonly sum: ExactSum
  count: number
}

/** The exact sum of a number per element, divided by their count. */
export function mean<In>(of: (element: In) => number): Fold<In, Mean, number> {
  return {
    fingerprint: 'mean:1',
    create: () => ({ sum: newSum(), count: 0 }),
    add: (before, element) => {
      addToSum(before.sum, checkNumber(of(element), 'mean'))
      before.count++
      return before
    },
    result: all => sumOf(all.sum) / all.count,
    merge: (into, other) => {
      mergeSums(into.sum, other.sum)
      into.count += other.count
      return into
    },
    condenses: true,
    wire: {
      encode: all => [sumToState(all.sum), all.count],
      decode: state => {
        // What was written is what is read.
        const [total, elements] = state as [ExactSumState, number]
        return { sum: sumFromState(total), count: elements }
      },
    },
    mutates: false,
    copy: before => ({ sum: sumFromState(sumToState(before.sum)), count: before.count }),
    retracting: () => retractingMoments(of, 'mean', moments => sumOfMoments(moments) / moments.count),
  }
}

/** The smallest of a number per element; NaN if any is NaN. */
export function min<In>(of: (element: In) => number): Fold<In, number, number> {
  return extreme('min', Math.min, { of, first: Number.POSITIVE_INFINITY, sign: -1 })
}

/** The largest of a number per element; NaN if any is NaN. */
export function max<In>(of: (element: In) => number): Fold<In, number, number> {
  return extreme('max', Math.max, { of, first: Number.NEGATIVE_INFINITY, sign: 1 })
}

interface Extreme<In> {
  readonly of: (element: In) => number
  readonly first: number
  /** 1: the largest number is wanted. */
  readonly sign: 1 | -1
}

function extreme<In>(
  name: string,
  pick: (left: number, right: number) => number,
  { of, first, sign }: Extreme<In>,
): Fold<In, number, number> {
  return {
    fingerprint: `${name}:1`,
    create: () => first,
    add: (before, element) => pick(before, checkNumber(of(element), name)),
    result: all => all,
    merge: pick,
    condenses: true,
    wire: NUMBER,
    mutates: false,
    copy: before => before,
    retracting: () =>
      rankingRows({
        fingerprint: `${name}:1`,
        number: row => checkNumber(of(row), name),
        sign,
        result: rows => rows.bestNumber ?? first,
      }),
  }
}
