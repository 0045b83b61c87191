/**
 * Reads JSON numbers from bytes, always to the double that `JSON.parse` gives.
 *
 * Up to 15 digits without an exponent are read by hand: the digits are then an integer below 2^53 and
 * the power of ten is at most 10^15, both exact as doubles, so that their quotient is rounded once and
 * correctly (Clinger's fast path). All others go through `Number`.
 */
import { byteAt, skipNumber } from './json-scan.ts'
import { asBuffer } from './utf8.ts'

// Local, as V8 treats imported constants as variables.
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const DOT = 0x2e
const MINUS = 0x2d

const MAX_EXACT_DIGITS = 15
const POWERS_OF_TEN: readonly number[] = Array.from({ length: MAX_EXACT_DIGITS + 1 }, (_, power) =>
  Number(`1e${power}`),
)

/** Reads a number and keeps it. */
export class NumberReader {
  /** The number that was read last. */
  value = 0

  /** Reads the number at `at`; returns the position behind it, or a negative number if there is none. */
  read(bytes: Uint8Array, at: number, end: number): number {
    const negative = byteAt(bytes, at, end) === MINUS
    const first = negative ? at + 1 : at
    let after = first
    let size = 0
    while (after < end && isDigit(bytes[after] as number)) {
      size = size * 10 + (bytes[after] as number) - DIGIT_0
      after++
    }
    const whole = after - first
    let decimals = 0
    if (byteAt(bytes, after, end) === DOT) {
      const point = after++
      while (after < end && isDigit(bytes[after] as number)) {
        size = size * 10 + (bytes[after] as number) - DIGIT_0
        after++
      }
      decimals = after - point - 1
      if (decimals === 0) return ~after
    }
    if (whole + decimals > MAX_EXACT_DIGITS || isExponent(byteAt(bytes, after, end))) {
      return this.#readSlowly(bytes, at, end)
    }
    if (whole === 0 || (whole > 1 && bytes[first] === DIGIT_0)) return ~first
    if (decimals > 0) size /= POWERS_OF_TEN[decimals] as number
    this.value = negative ? -size : size
    return after
  }

  #readSlowly(bytes: Uint8Array, at: number, end: number): number {
    const after = skipNumber(bytes, at, end)
    if (after >= 0) this.value = Number(asBuffer(bytes).latin1Slice(at, after))
    return after
  }
}

function isDigit(byte: number): boolean {
  return byte >= DIGIT_0 && byte <= DIGIT_9
}

function isExponent(byte: number): boolean {
  return (byte | 0x20) === 0x65
}
