/** The seed of a property: random, told, and given again by `SLUICE_SEED`. */
import type { TestContext } from 'node:test'

/** A run that takes longer hangs. */
const RUN_TIMEOUT_MS = 20_000

/** Options of one property. */
export interface PropertyOptions {
  readonly seed: number
  readonly numRuns: number
  readonly timeout: number
}

/** fast-check's options for a property, with the seed in the test's output. */
export function propertyOptions(t: TestContext, numRuns: number): PropertyOptions {
  const seed = drawSeed()
  const runs = Number(process.env['SLUICE_RUNS'] ?? numRuns)
  t.diagnostic(`seed ${seed}, ${runs} runs`)
  return { seed, numRuns: runs, timeout: RUN_TIMEOUT_MS }
}

/** The seed of a test that draws by itself, told in its output. */
export function seedOf(t: TestContext): number {
  const seed = drawSeed()
  t.diagnostic(`seed ${seed}`)
  return seed
}

function drawSeed(): number {
  const given = process.env['SLUICE_SEED']
  return given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
}
