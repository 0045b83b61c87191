/** The exact sum of doubles by whole numbers: a double is a multiple of 2^−1074. */

const UNIT_BITS = 1074n
const MANTISSA_BITS = 53

/** The exact sum of finite numbers, rounded once to the nearest double, half to even. */
export function exactSum(values: Iterable<number>): number {
  let total = 0n
  for (const value of values) total += unitsOf(value)
  return total < 0n ? -nearest(-total) : nearest(total)
}

/** How many times 2^−1074 a finite double is. */
function unitsOf(value: number): bigint {
  let mantissa = Math.abs(value)
  let exponent = 0n
  while (mantissa !== Math.floor(mantissa)) {
    mantissa *= 2
    exponent--
  }
  const units = BigInt(mantissa) << (UNIT_BITS + exponent)
  return value < 0 ? -units : units
}

function nearest(units: bigint): number {
  const bits = units.toString(2).length
  const dropped = BigInt(Math.max(0, bits - MANTISSA_BITS))
  let kept = units >> dropped
  const rest = units - (kept << dropped)
  const half = dropped === 0n ? 1n : 1n << (dropped - 1n)
  if (rest > half || (rest === half && kept % 2n === 1n)) kept++
  // In two steps, so that neither factor leaves the range of doubles.
  const shift = Number(dropped - UNIT_BITS)
  const first = Math.max(-1000, Math.min(900, shift))
  return Number(kept) * 2 ** first * 2 ** (shift - first)
}

/** The exact variance of finite numbers, rounded once; divided by their count less `less`. NaN of too few. */
export function exactVariance(values: readonly number[], less: 0 | 1): number {
  const count = BigInt(values.length)
  if (values.length <= less) return Number.NaN
  let sum = 0n
  let squares = 0n
  for (const value of values) {
    const units = unitsOf(value)
    sum += units
    squares += units * units
  }
  return nearestRatio(count * squares - sum * sum, count * (count - BigInt(less)))
}

/** A quotient in squares of the unit as the nearest double, half to even; the numerator is not negative. */
function nearestRatio(numerator: bigint, denominator: bigint): number {
  const bits = numerator.toString(2).length - denominator.toString(2).length
  // The last bit that counts: 53 bits, or the unit of doubles where the quotient is tiny.
  const kept = BigInt(Math.max(bits - MANTISSA_BITS, Number(UNIT_BITS)))
  let quotient = numerator / (denominator << kept)
  // One bit too many: once more without it.
  const extra = quotient.toString(2).length > MANTISSA_BITS ? 1n : 0n
  const divisor = denominator << (kept + extra)
  quotient = numerator / divisor
  const twice = 2n * (numerator - quotient * divisor)
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient++
  const shift = Number(kept + extra - 2n * UNIT_BITS)
  const first = Math.max(-1000, Math.min(900, shift))
  return Number(quotient) * 2 ** first * 2 ** (shift - first)
}
