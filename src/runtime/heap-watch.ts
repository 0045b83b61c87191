/** How full the heap of this process is: all state lives there, and a full one ends the process. */
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import type { HeapUse } from '../observe/index.ts'

/** Above this part of the limit people are warned. */
export const LOW_MEMORY = 0.85
/** State can grow by megabytes in this time. */
const CHECK_INTERVAL_MS = 50
/** Three half-spaces of 64 MiB, in the V8 of Node 24. */
const YOUNG_BYTES = 192 * 1024 * 1024

/** Reads the heap, and remembers whether it has warned. */
export class HeapWatch {
  readonly read: () => HeapUse
  #hasWarned = false
  #checkAt = 0

  constructor(read: () => HeapUse = readHeap) {
    this.read = read
  }

  /** The heap, the first time that it is nearly full; looks now and then. `now` is on a monotonic clock. */
  newlyLow(now: number): HeapUse | undefined {
    if (this.#hasWarned || now < this.#checkAt) return undefined
    this.#checkAt = now + CHECK_INTERVAL_MS
    const heap = this.read()
    this.#hasWarned = heap.used >= heap.limit * LOW_MEMORY
    return this.#hasWarned ? heap : undefined
  }
}

/**
 * What lives for long, such as state, is in the old generation. V8 counts its young one, which it
 * sets apart, into the limit as well.
 */
function readHeap(): HeapUse {
  const { heap_size_limit: all } = getHeapStatistics()
  let used = 0
  for (const { space_name: name, space_used_size: bytes } of getHeapSpaceStatistics()) {
    if (!name.startsWith('new_')) used += bytes
  }
  return { used, limit: all > YOUNG_BYTES ? all - YOUNG_BYTES : all }
}
