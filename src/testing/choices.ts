/**
 * Where the decisions of a test's schedule come from: nowhere, a seed, or a list. The same source gives
 * the same decisions, and 0 is always the plainest one, so that a list shrinks to what matters.
 */

/** A whole number from 0 to below `options`. */
export type Choose = (options: number) => number

/** Numbers from 0 to below 1. */
export type Random = () => number

/** Always the plainest decision. */
export const choosePlainly: Choose = () => 0

/** Decisions that follow from a number. */
export function chooseBySeed(seed: number): Choose {
  const random = seededRandom(seed)
  return options => Math.floor(random() * options)
}

/** Decisions from a list; when it is used up, the plainest ones. */
export function chooseFrom(list: readonly number[]): Choose {
  let next = 0
  return options => Math.abs(Math.floor(list[next++] ?? 0)) % options
}

/** The same numbers for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
