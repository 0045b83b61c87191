/** Signs of life: turns of the loop, thousands a second, become a few; long work makes some between. */
import type { Clock } from '../time/index.ts'

/** How often a worker says that it is alive. */
export const HEARTBEAT_MS = 200

/** A function for every turn, which calls `beat` when it is time to. */
export function heartbeat(clock: Clock, beat: () => void): () => void {
  let nextAt = 0
  return () => {
    const now = clock.monotonic()
    if (now < nextAt) return
    nextAt = now + HEARTBEAT_MS
    beat()
  }
}

/** In long work, such as restoring much state, other work of the process has its turn so often. */
const BREATHE_INTERVAL_MS = 50

/** A function to be called again and again in long work, so that the worker and its process go on answering. */
export function breathing(clock: Clock, turned: (() => void) | undefined): () => Promise<void> {
  let at = clock.monotonic() + BREATHE_INTERVAL_MS
  return async () => {
    if (clock.monotonic() < at) return
    turned?.()
    await clock.yield()
    at = clock.monotonic() + BREATHE_INTERVAL_MS
  }
}
