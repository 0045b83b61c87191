/** A step that costs what `BENCH_BURN_US` says, for both sides of a comparison: microseconds of CPU, 0 for none. */
const micros = Number(process.env['BENCH_BURN_US'] ?? 0)
const rounds = micros * roundsPerMicro()

/** Keeps the core busy. */
export function burn(): void {
  if (micros > 0) spin(rounds)
}

function spin(count: number): number {
  let state = 1
  for (let i = 0; i < count; i++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
  return state
}

/** Measured rather than timed on each call: a clock would let a slower core do less. */
function roundsPerMicro(): number {
  if (micros === 0) return 0
  const count = 2_000_000
  let shortest = Number.POSITIVE_INFINITY
  for (let run = 0; run < 10; run++) {
    const start = performance.now()
    spin(count)
    shortest = Math.min(shortest, performance.now() - start)
  }
  return count / (shortest * 1000)
}
