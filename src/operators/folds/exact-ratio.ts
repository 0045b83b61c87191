/** The quotient of whole numbers as a double, rounded once, whatever their size. */
import type { Units } from './exact-sum.ts'

/** A double times a power of two: beyond the range of doubles, too. */
export interface Scaled {
  readonly value: number
  readonly exponent: number
}

/** More than the 53 bits of a double, so that one bit can stand for the rest. */
const QUOTIENT_BITS = 66

/** The quotient, rounded once, half to even. The denominator is greater than 0. */
export function ratioOf({ units, exponent }: Units, denominator: bigint): Scaled {
  if (units < 0n) {
    const { value, exponent: power } = ratioOf({ units: -units, exponent }, denominator)
    return { value: -value, exponent: power }
  }
  const shift = QUOTIENT_BITS - bitsOf(units) + bitsOf(denominator)
  const dividend = shift > 0 ? units << BigInt(shift) : units
  const divisor = shift < 0 ? denominator << BigInt(-shift) : denominator
  const quotient = dividend / divisor
  // One bit stands for all that was left over, so that half-way cases are told apart.
  const isExact = quotient * divisor === dividend
  return { value: Number(isExact ? quotient : quotient | 1n), exponent: exponent - shift }
}

/** The double that it is; infinite or 0 where it is beyond the range. */
export function scaledNumber({ value, exponent }: Scaled): number {
  // In two steps, so that neither factor leaves the range of doubles.
  const first = Math.max(-1000, Math.min(900, exponent))
  return value * 2 ** first * 2 ** (exponent - first)
}

/** Its square root. */
export function scaledRoot({ value, exponent }: Scaled): number {
  const isOdd = exponent % 2 !== 0
  return scaledNumber({
    value: Math.sqrt(isOdd ? value * 2 : value),
    exponent: (isOdd ? exponent - 1 : exponent) / 2,
  })
}

/** How many bits it has, rounded up to 4. */
function bitsOf(units: bigint): number {
  return units.toString(16).length * 4
}
