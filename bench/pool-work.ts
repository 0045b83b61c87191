/** The functions that the pools of the benchmarks run. */

/** As much CPU as so many rounds are. */
export function spin(rounds: number): number {
  let state = 1
  for (let i = 0; i < rounds; i++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
  return state
}

/** What a small function costs is the way there and back. */
export function echo<T>(value: T): T {
  return value
}
