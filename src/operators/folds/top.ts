/**
 * The elements with the largest or the smallest number. Of equal numbers the one that happened first comes
 * first, by time, topic, partition and offset: so no order of additions makes a difference. Of rows that come
 * and go, see `ranked-rows.ts`.
 */
import { describeValue, StepError, wholeNumber } from '../../errors.ts'
import type { Wire } from '../../state/index.ts'
import { checkFunction } from '../check-options.ts'
import { checkNumber, type Fold } from './fold.ts'
import { comparePlaces, type Place, type PlaceState, placeFromState, placeOf, placeToState } from './place.ts'
import { type RankedRows, rankingRows } from './ranked-rows.ts'
import { readingFold } from './reading-fold.ts'

/** An element, its number, and where it came from. */
interface Ranked<In> extends Place {
  readonly value: In
  readonly number: number
}

/** The best elements so far, the best one first. */
export type Ranking<In> = Ranked<In>[]

type RankedState = readonly [value: unknown, number: number, place: PlaceState]

/** The `count` elements with the largest numbers, the largest first; all of them where there are fewer. */
export function top<In>(count: number, by: (element: In) => number): Fold<In, Ranking<In>, In[]> {
  return ranking('top', by, { limit: wholeNumber(count, 'top: count'), sign: 1, pick: valuesOf })
}

/** The `count` elements with the smallest numbers, the smallest first; all of them where there are fewer. */
export function bottom<In>(count: number, by: (element: In) => number): Fold<In, Ranking<In>, In[]> {
  return ranking('bottom', by, { limit: wholeNumber(count, 'bottom: count'), sign: -1, pick: valuesOf })
}

/** The element with the largest number; of several the one that happened first. */
export function maxBy<In>(by: (element: In) => number): Fold<In, Ranking<In>, In> {
  return ranking('maxBy', by, { limit: 1, sign: 1, pick: bestOf })
}

/** The element with the smallest number; of several the one that happened first. */
export function minBy<In>(by: (element: In) => number): Fold<In, Ranking<In>, In> {
  return ranking('minBy', by, { limit: 1, sign: -1, pick: bestOf })
}

interface RankingParts<In, Out> {
  readonly limit: number
  /** 1: the largest come first. */
  readonly sign: 1 | -1
  /** The result, of the best elements. */
  readonly pick: (best: In[]) => Out
}

function ranking<In, Out>(
  name: string,
  by: (element: In) => number,
  { limit, sign, pick }: RankingParts<In, Out>,
): Fold<In, Ranking<In>, Out> {
  checkFunction(by, name)
  const compare = (left: Ranked<In>, right: Ranked<In>): number =>
    left.number === right.number ? comparePlaces(left, right) : sign * (right.number > left.number ? 1 : -1)
  const numberOf = (value: In): number => rankNumber(by(value), name)
  const insert = (ranked: Ranking<In>, candidate: Ranked<In>): void => {
    const last = ranked.at(-1)
    if (ranked.length === limit && last !== undefined && compare(last, candidate) <= 0) return
    let low = 0
    let high = ranked.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = ranked[middle] ?? candidate
      if (compare(other, candidate) <= 0) low = middle + 1
      else high = middle
    }
    ranked.splice(low, 0, candidate)
    if (ranked.length > limit) ranked.pop()
  }
  return readingFold<In, Omit<Ranked<In>, keyof Place>, Ranking<In>, Out>({
    fingerprint: `${name}:1 ${limit}`,
    create: () => [],
    read: value => ({ value, number: numberOf(value) }),
    take: (ranked, read, place) => insert(ranked, { ...read, ...placeOf(place) }),
    result: ranked => pick(ranked.map(({ value }) => value)),
    mergeInto: (into, other) => {
      for (const candidate of other) insert(into, candidate)
    },
    condenses: true,
    wire: rankingWire(),
    copy: ranked => [...ranked],
    retracting: () =>
      rankingRows<In, Out>({
        fingerprint: `${name}:1 ${limit}`,
        number: numberOf,
        sign,
        result: (rows: RankedRows<In>) => pick(rows.best(limit)),
      }),
  })
}

function rankNumber(number: number, name: string): number {
  if (!Number.isNaN(checkNumber(number, name))) return number
  throw new StepError(
    'STEP_FAILED',
    `${name} was given ${describeValue(number)}, which is neither more nor less than a number; filter such elements before`,
  )
}

function valuesOf<In>(best: In[]): In[] {
  return best
}

function bestOf<In>(best: In[]): In {
  // There is one: an aggregation has an element at least.
  return best[0] as In
}

function rankingWire<In>(): Wire<Ranking<In>> {
  return {
    encode: ranked => ranked.map((each): RankedState => [each.value, each.number, placeToState(each)]),
    // Only what `encode` gave is written there.
    decode: state =>
      (state as readonly RankedState[]).map(([value, number, place]) => ({
        value: value as In,
        number,
        ...placeFromState(place),
      })),
  }
}
