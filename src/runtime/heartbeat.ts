/** Turns of the loop, thousands a second, become a few signs of life. */
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
