/** Lets what waits go on, by the clock of a test. */
import type { ManualClock } from 'sluice'

const STEP_MS = 10
const MAX_STEPS = 100_000

/** Lets promises and input have their turn. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve)
  })
}

/** Moves time on until the promise has settled. Throws when it never does. */
export async function whileMoving<T>(
  clock: ManualClock,
  promise: Promise<T> | T,
  stepMs = STEP_MS,
): Promise<T> {
  let isSettled = false
  const settled = Promise.resolve(promise).finally(() => {
    isSettled = true
  })
  settled.catch(() => undefined)
  for (let step = 0; step < MAX_STEPS; step++) {
    await turn()
    if (isSettled) return settled
    clock.advance(stepMs)
  }
  throw new Error(`nothing settled within ${MAX_STEPS * stepMs} ms`)
}
