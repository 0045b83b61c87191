/**
 * Quantiles within a relative error, in little memory: DDSketch (Masson, Rim and Lee 2019). A number falls
 * into the bucket of its logarithm, and only buckets are counted.
 *
 * Invariant: counts are all that is kept, and no bucket is ever merged with its neighbour, so neither the
 * order of additions and merges nor where they happened makes a difference.
 */
import { describeValue, GraphError } from '../../errors.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import { checkNumber, type Fold } from './fold.ts'
import { reversibleFold } from './reading-fold.ts'
import { Tally, tallyWire } from './tally.ts'

/** Options of `quantiles`, `quantile` and `median`. */
export interface QuantileOptions {
  /** How far a result may be from the true one, as a part of it: from 0.0001 to 0.5; the default is 0.01. */
  readonly error?: number | undefined
}

/** A result for each quantile that was asked for. */
export type QuantileResults<Q extends readonly number[]> = { readonly [I in keyof Q]: number }

const DEFAULT_ERROR = 0.01
const LEAST_ERROR = 0.0001
const LARGEST_ERROR = 0.5
/** What the logarithms are rounded by, kept free in the error. */
const ROUNDING = 1e-8
/** Numbers nearer to 0 than this count as 0. */
const SMALLEST = 1e-300
/** All buckets of SMALLEST and more have a positive number after this has been added, in logarithms. */
const LOG_OFFSET = 700

/**
 * Several quantiles of a number per element, each from 0 to 1: of n numbers in order that with number
 * ⌊q · (n − 1)⌋, within the relative `error`. NaN if a number is NaN. Numbers nearer to 0 than 1e-300 count
 * as 0. Keeps a count for each bucket that has any: with an error of 0.01 there are 115 per power of ten.
 */
export function quantiles<In, const Q extends readonly number[]>(
  at: Q,
  of: (element: In) => number,
  options: QuantileOptions = {},
): Fold<In, Tally<number>, QuantileResults<Q>> {
  // There is one for each of `at`, which the compiler cannot count.
  const result = (found: readonly number[]): QuantileResults<Q> => found as QuantileResults<Q>
  return quantileFold(of, { name: 'quantiles', at: checkList(at), options, result })
}

/** A quantile of a number per element, from 0 to 1, such as 0.95; see `quantiles`. */
export function quantile<In>(
  at: number,
  of: (element: In) => number,
  options: QuantileOptions = {},
): Fold<In, Tally<number>, number> {
  return quantileFold(of, { name: 'quantile', at: [at], options, result: ([found = Number.NaN]) => found })
}

/** The number in the middle, of an even count the lower one of the two, within the relative `error`; see `quantiles`. */
export function median<In>(
  of: (element: In) => number,
  options: QuantileOptions = {},
): Fold<In, Tally<number>, number> {
  return quantileFold(of, { name: 'median', at: [0.5], options, result: ([found = Number.NaN]) => found })
}

interface QuantileParts<Out> {
  readonly name: string
  readonly at: readonly number[]
  readonly options: QuantileOptions
  readonly result: (found: readonly number[]) => Out
}

function quantileFold<In, Out>(
  of: (element: In) => number,
  { name, at, options, result }: QuantileParts<Out>,
): Fold<In, Tally<number>, Out> {
  checkFunction(of, name)
  checkOptions(options, ['error'], name)
  for (const quantile of at) checkRange(quantile, { what: name, least: 0, largest: 1 })
  const { error = DEFAULT_ERROR } = options
  checkRange(error, { what: `${name}: error`, least: LEAST_ERROR, largest: LARGEST_ERROR })
  const buckets = new Buckets(error)
  return reversibleFold<In, number, Tally<number>, Out>({
    fingerprint: `quantiles:1 ${error}`,
    create: () => new Tally<number>(),
    read: element => buckets.of(checkNumber(of(element), name)),
    take: (tally, bucket) => tally.add(bucket, 1),
    giveBack: (tally, bucket) => tally.add(bucket, -1),
    result: tally => result(quantilesOf(tally, at).map(bucket => buckets.numberIn(bucket))),
    mergeInto: (into, other) => into.addAll(other),
    condenses: true,
    wire: tallyWire(),
    copy: tally => tally.copy(),
  })
}

/** Buckets whose numbers are in the order of what falls into them; 0, infinities and NaN are their own. */
class Buckets {
  /** The logarithm of the ratio between the bounds of a bucket. */
  readonly #width: number
  /** From the logarithm of a bucket's upper bound to that of the number that stands for all in it. */
  readonly #middle: number
  readonly #offset: number

  constructor(error: number) {
    const bound = error * (1 - ROUNDING)
    const ratio = (1 + bound) / (1 - bound)
    this.#width = Math.log(ratio)
    this.#middle = Math.log(2 / (1 + ratio))
    this.#offset = Math.ceil(LOG_OFFSET / this.#width)
  }

  of(value: number): number {
    const size = Math.abs(value)
    if (size < SMALLEST) return 0
    if (!Number.isFinite(value)) return value
    return Math.sign(value) * (Math.ceil(Math.log(size) / this.#width) + this.#offset)
  }

  numberIn(bucket: number): number {
    if (bucket === 0 || !Number.isFinite(bucket)) return bucket
    const size = Math.exp((Math.abs(bucket) - this.#offset) * this.#width + this.#middle)
    return Math.sign(bucket) * Math.min(size, Number.MAX_VALUE)
  }
}

/** The bucket of each quantile. */
function quantilesOf(tally: Tally<number>, at: readonly number[]): number[] {
  const buckets = Float64Array.from(tally.values()).sort()
  const counts = buckets.map(bucket => Math.max(0, tally.countOf(bucket)))
  // NaN is the last one.
  const hasNaN = Number.isNaN(buckets.at(-1)) && (counts.at(-1) ?? 0) > 0
  const total = hasNaN ? 0 : counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return at.map(() => Number.NaN)
  return at.map(quantile => {
    let left = Math.floor(quantile * (total - 1))
    for (const [number, count] of counts.entries()) {
      left -= count
      if (left < 0) return buckets[number] ?? Number.NaN
    }
    return Number.NaN
  })
}

function checkList(at: unknown): readonly number[] {
  // What is in it is checked one by one.
  if (Array.isArray(at) && at.length > 0) return [...(at as readonly number[])]
  throw new GraphError(
    'OPTION_INVALID',
    `quantiles was given ${describeValue(at)}; expected numbers from 0 to 1, such as [0.5, 0.95]`,
  )
}

interface Range {
  readonly what: string
  readonly least: number
  readonly largest: number
}

function checkRange(value: unknown, { what, least, largest }: Range): void {
  if (typeof value === 'number' && value >= least && value <= largest) return
  throw new GraphError(
    'OPTION_INVALID',
    `${what} is ${describeValue(value)}; expected a number from ${least} to ${largest}`,
  )
}
