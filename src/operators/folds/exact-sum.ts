/**
 * The exact sum of numbers, rounded once at the end, so that it does not depend on the order of
 * addition: hence not on workers, batches or restarts.
 *
 * While all values and the running sum are safe integers, it is a plain number. After that it is a
 * list of non-overlapping partials (Shewchuk 1997, as in Python's `math.fsum`). Values so large that
 * partials could overflow are kept apart, scaled down; infinities and NaN are added up apart.
 */

/** A running exact sum. Change it through the functions of this file only. */
export interface ExactSum {
  /** The sum while it is a safe integer; 0 once there are partials. */
  plain: number
  /** What a plain number cannot hold; undefined while the sum is plain. */
  parts: SumParts | undefined
}

interface SumParts {
  /** Non-overlapping partials, the smallest first. */
  readonly partials: number[]
  /** Partials of huge values, times 2^−LARGE_SHIFT. */
  readonly large: number[]
  /** The sum of infinities and NaN; undefined when there was none. */
  special: number | undefined
}

/** How a sum is written into state: a number while it is plain. */
export type ExactSumState = number | readonly [readonly number[], readonly number[], number | null]

const LARGE = 2 ** 960
/** The smallest double is 2 to this power. */
const SMALLEST_EXPONENT = -1074
const LARGE_SHIFT = 2 ** 100

/** The sum of nothing: 0. */
export function newSum(): ExactSum {
  return { plain: 0, parts: undefined }
}

/** Adds a number to the sum, in place. */
export function addToSum(sum: ExactSum, value: number): void {
  if (sum.parts === undefined) {
    const next = sum.plain + value
    if (Number.isSafeInteger(value) && Number.isSafeInteger(next)) {
      sum.plain = next
      return
    }
  }
  const parts = partsOf(sum)
  if (Math.abs(value) < LARGE) grow(parts.partials, value)
  else if (Number.isFinite(value)) grow(parts.large, value / LARGE_SHIFT)
  else parts.special = (parts.special ?? 0) + value
}

/** Adds a sum to another, in place; exact. */
export function mergeSums(into: ExactSum, other: ExactSum): void {
  if (other.parts === undefined) return addToSum(into, other.plain)
  const { partials, large } = partsOf(into)
  for (const partial of other.parts.partials) grow(partials, partial)
  for (const partial of other.parts.large) grow(large, partial)
  if (other.parts.special !== undefined) addToSum(into, other.parts.special)
}

/** The sum as a number: the exact sum, rounded once, half to even. */
export function sumOf(sum: ExactSum): number {
  if (sum.parts === undefined) return sum.plain
  const { partials, large, special } = sum.parts
  if (special !== undefined) return special
  return large.length === 0 ? roundOnce(partials) : sumByInteger(partials, large)
}

/** A whole number of units of 2^exponent. */
export interface Units {
  readonly units: bigint
  readonly exponent: number
}

/** A sum of finite numbers as it is, before rounding. */
export function exactUnits({ plain, parts }: ExactSum): Units {
  if (parts === undefined) return { units: BigInt(plain), exponent: 0 }
  let all: Units = { units: 0n, exponent: 0 }
  for (const partial of parts.partials) all = addUnits(all, unitsOfDouble(partial))
  for (const partial of parts.large) {
    const { units, exponent } = unitsOfDouble(partial)
    all = addUnits(all, { units, exponent: exponent + Math.log2(LARGE_SHIFT) })
  }
  return all
}

/** The sum of two numbers of units. */
export function addUnits(left: Units, right: Units): Units {
  if (left.units === 0n) return right
  if (right.units === 0n) return left
  const exponent = Math.min(left.exponent, right.exponent)
  const units =
    (left.units << BigInt(left.exponent - exponent)) + (right.units << BigInt(right.exponent - exponent))
  return { units, exponent }
}

/** The sum as msgpack can carry it. */
export function sumToState(sum: ExactSum): ExactSumState {
  const { plain, parts } = sum
  return parts === undefined ? plain : [parts.partials, parts.large, parts.special ?? null]
}

/** The inverse of `sumToState`. */
export function sumFromState(state: ExactSumState): ExactSum {
  if (typeof state === 'number') return { plain: state, parts: undefined }
  const [partials, large, special] = state
  const parts = { partials: [...partials], large: [...large], special: special ?? undefined }
  return { plain: 0, parts }
}

/** From now on the sum is a list of partials. */
function partsOf(sum: ExactSum): SumParts {
  if (sum.parts !== undefined) return sum.parts
  const parts = { partials: sum.plain === 0 ? [] : [sum.plain], large: [], special: undefined }
  sum.parts = parts
  sum.plain = 0
  return parts
}

/** Adds `value` to the partials without losing a bit. */
function grow(partials: number[], value: number): void {
  let x = value
  let kept = 0
  for (let y of partials) {
    if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x]
    const high = x + y
    const low = y - (high - x)
    if (low !== 0) partials[kept++] = low
    x = high
  }
  partials.length = kept
  if (x !== 0) partials.push(x)
}

/**
 * Huge and tiny partials in one list would overflow or vanish: they are added up as whole numbers of
 * the smallest double. Slow, and as rare as sums beyond 2^960.
 */
function sumByInteger(partials: readonly number[], large: readonly number[]): number {
  let units = 0n
  for (const partial of large) units += unitsOf(partial)
  units *= BigInt(LARGE_SHIFT)
  for (const partial of partials) units += unitsOf(partial)
  return units < 0n ? -numberOf(-units) : numberOf(units)
}

/** How many times the smallest double a finite double is. */
function unitsOf(value: number): bigint {
  const { units, exponent } = unitsOfDouble(value)
  return units << BigInt(exponent - SMALLEST_EXPONENT)
}

/** A finite double as a whole number of units. */
function unitsOfDouble(value: number): Units {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const biased = (bits.getUint16(0) >> 4) & 0x7ff
  const fraction = BigInt.asUintN(52, bits.getBigUint64(0))
  const units = biased === 0 ? fraction : fraction | (1n << 52n)
  return { units: value < 0 ? -units : units, exponent: SMALLEST_EXPONENT + Math.max(0, biased - 1) }
}

/** The nearest double, half to even, as the conversion of whole numbers rounds. */
function numberOf(units: bigint): number {
  const dropped = Math.max(0, units.toString(16).length * 4 - 80)
  const kept = units >> BigInt(dropped)
  // One bit stands for all that was dropped, so that half-way cases are told apart.
  const isExact = kept << BigInt(dropped) === units
  return Number(isExact ? kept : kept | 1n) * 2 ** -74 * 2 ** (dropped - 1000)
}

function roundOnce(partials: readonly number[]): number {
  let index = partials.length - 1
  let high = partials[index] ?? 0
  let low = 0
  while (index > 0) {
    const x = high
    const y = partials[--index] ?? 0
    high = x + y
    low = y - (high - x)
    if (low !== 0) break
  }
  const below = index > 0 ? (partials[index - 1] ?? 0) : 0
  // Half-way cases: the partials below decide on which side of the middle the exact sum lies.
  if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
    const twice = low * 2
    const rounded = high + twice
    if (twice === rounded - high) high = rounded
  }
  return high
}
