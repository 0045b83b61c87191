/**
 * The exact sums of numbers and of their squares: variance and standard deviation, and sums and means
 * that numbers can be taken out of.
 *
 * Invariant: all that is kept are counts and exact sums, so no order of additions, removals and merges
 * makes a difference. A square is two doubles (Dekker 1971), exactly; those of very large and very small
 * numbers are kept apart, scaled. What is divided at the end are whole numbers, so nothing cancels out.
 */
import { describeValue, GraphError } from '../../errors.ts'
import { checkFunction } from '../check-options.ts'
import { ratioOf, type Scaled, scaledNumber, scaledRoot } from './exact-ratio.ts'
import {
  addToSum,
  addUnits,
  type ExactSum,
  type ExactSumState,
  exactUnits,
  mergeSums,
  newSum,
  sumFromState,
  sumOf,
  sumToState,
} from './exact-sum.ts'
import { type ChangesFold, checkNumber, type Fold } from './fold.ts'
import { type RetractingParts, retractingFold, reversibleFold } from './reading-fold.ts'

/** Numbers from here on are scaled down before they are squared, those below the other scaled up. */
const LARGE = 2 ** 480
const SMALL = 2 ** -480
const SCALE = 2 ** 600
/** The scale of each sum of squares, as a power of two. */
const SQUARE_EXPONENTS = [0, 1200, -1200] as const

/** What a variance is divided by: one less than the count (`sample`), or the count (`population`). */
export interface VarianceOptions {
  readonly kind?: 'sample' | 'population' | undefined
}

/** Counts and exact sums of numbers. */
export interface Moments {
  count: number
  /** How many were NaN, ∞ and −∞: they are in no sum. */
  readonly specials: [nan: number, plus: number, minus: number]
  readonly sum: ExactSum
  /** Of numbers of usual size, of large and of small ones; empty where nobody asks. */
  readonly squares: readonly ExactSum[]
}

type MomentsState = readonly [
  count: number,
  specials: readonly [number, number, number] | null,
  sum: ExactSumState,
  ...squares: ExactSumState[],
]

/**
 * The variance of a number per element, exact and rounded once at the end, whatever the order. NaN if a
 * number is NaN or infinite, and of a single element of a sample (the default), of which nothing is known.
 */
export function variance<In>(
  of: (element: In) => number,
  options: VarianceOptions = {},
): Fold<In, Moments, number> {
  return spread('variance', of, { options, show: scaledNumber })
}

/** The standard deviation of a number per element: the square root of its `variance`, within its last bit. */
export function deviation<In>(
  of: (element: In) => number,
  options: VarianceOptions = {},
): Fold<In, Moments, number> {
  return spread('deviation', of, { options, show: scaledRoot })
}

/** A fold over the count and the sum that takes elements back. */
export function retractingMoments<In>(
  of: (element: In) => number,
  name: string,
  result: (moments: Moments) => number,
): ChangesFold<In, number> {
  return retractingFold(momentsParts(of, { name, fingerprint: `${name}:1`, squares: false, result }))
}

/** Which fold over moments it is. */
interface MomentsFold {
  readonly name: string
  readonly fingerprint: string
  readonly squares: boolean
  readonly result: (moments: Moments) => number
}

/** A fold over counts and sums, which elements can be taken out of. */
function momentsParts<In>(
  of: (element: In) => number,
  { name, fingerprint, squares, result }: MomentsFold,
): RetractingParts<In, number, Moments, number> {
  return {
    fingerprint,
    create: () => ({
      count: 0,
      specials: [0, 0, 0],
      sum: newSum(),
      squares: squares ? SQUARE_EXPONENTS.map(newSum) : [],
    }),
    read: element => checkNumber(of(element), name),
    take: (moments, value) => addMoments(moments, value, 1),
    giveBack: (moments, value) => addMoments(moments, value, -1),
    result,
    mergeInto: (into, other) => {
      into.count += other.count
      for (const at of [0, 1, 2] as const) into.specials[at] += other.specials[at]
      mergeSums(into.sum, other.sum)
      for (const [at, sum] of other.squares.entries()) mergeSums(into.squares[at] ?? newSum(), sum)
    },
    condenses: true,
    wire: { encode: momentsToState, decode: momentsFromState },
    copy: moments => momentsFromState(momentsToState(moments)),
  }
}

/** The sum of moments, rounded once. */
export function sumOfMoments({ specials: [nan, plus, minus], sum }: Moments): number {
  if (nan > 0 || (plus > 0 && minus > 0)) return Number.NaN
  if (plus > 0) return Number.POSITIVE_INFINITY
  return minus > 0 ? Number.NEGATIVE_INFINITY : sumOf(sum)
}

interface Spread {
  readonly options: VarianceOptions
  readonly show: (variance: Scaled) => number
}

function spread<In>(
  name: string,
  of: (element: In) => number,
  { options, show }: Spread,
): Fold<In, Moments, number> {
  checkFunction(of, name)
  const { kind = 'sample' } = options
  if (kind !== 'sample' && kind !== 'population') {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: kind is ${describeValue(kind)}; expected "sample" (divided by one less than the count) or "population"`,
    )
  }
  const less = kind === 'sample' ? 1 : 0
  const result = (moments: Moments): number => {
    const variance = varianceOf(moments, less)
    return variance === undefined ? Number.NaN : show(variance)
  }
  return reversibleFold(momentsParts(of, { name, fingerprint: `${name}:1 ${kind}`, squares: true, result }))
}

function varianceOf({ count, specials, sum, squares }: Moments, less: 0 | 1): Scaled | undefined {
  if (specials.some(special => special !== 0) || count - less < 1) return undefined
  const elements = BigInt(count)
  let all = { units: 0n, exponent: 0 }
  for (const [at, power] of SQUARE_EXPONENTS.entries()) {
    const { units, exponent } = exactUnits(squares[at] ?? newSum())
    all = addUnits(all, { units: units * elements, exponent: exponent + power })
  }
  const { units, exponent } = exactUnits(sum)
  const numerator = addUnits(all, { units: -(units * units), exponent: 2 * exponent })
  return ratioOf(numerator, elements * (elements - BigInt(less)))
}

function addMoments(moments: Moments, value: number, sign: 1 | -1): void {
  moments.count += sign
  if (!Number.isFinite(value)) {
    const at = Number.isNaN(value) ? 0 : value > 0 ? 1 : 2
    moments.specials[at] += sign
    return
  }
  addToSum(moments.sum, sign * value)
  const size = Math.abs(value)
  const [usual, large, small] = moments.squares
  if (usual === undefined || large === undefined || small === undefined || size === 0) return
  if (size >= LARGE) addSquare(large, value / SCALE, sign)
  else if (size < SMALL) addSquare(small, value * SCALE, sign)
  else addSquare(usual, value, sign)
}

/** Adds a square without losing a bit: the product, and by how much it was rounded. */
function addSquare(sum: ExactSum, value: number, sign: 1 | -1): void {
  const product = value * value
  addToSum(sum, sign * product)
  if (Number.isSafeInteger(value) && Number.isSafeInteger(product)) return
  const scaled = value * 134_217_729
  const high = scaled - (scaled - value)
  const low = value - high
  const rest = high * high - product + 2 * high * low + low * low
  if (rest !== 0) addToSum(sum, sign * rest)
}

function momentsToState({ count, specials, sum, squares }: Moments): MomentsState {
  const isPlain = specials.every(special => special === 0)
  return [count, isPlain ? null : [...specials], sumToState(sum), ...squares.map(sumToState)]
}

function momentsFromState(state: unknown): Moments {
  // Only what `momentsToState` gave is written there.
  const [count, specials, sum, ...squares] = state as MomentsState
  return {
    count,
    specials: specials === null ? [0, 0, 0] : [...specials],
    sum: sumFromState(sum),
    squares: squares.map(sumFromState),
  }
}
