/**
 * Pools: functions of modules run on worker threads or worker processes.
 *
 * Every call is answered exactly once, with the result or one error; a worker's death costs nothing but
 * time (decision 25).
 */
import type { Pool, PoolOptions } from '../../connect/index.ts'
import { GraphError } from '../../errors.ts'
import { positiveDurationMs, systemClock } from '../../time/index.ts'
import { startProcess } from './process-worker.ts'
import { startThread } from './thread-worker.ts'
import { WorkerPool } from './worker-pool.ts'

/** A call that was running in so many workers when they died is given up. */
export const DEFAULT_ATTEMPTS = 3
const MAX_WORKERS = 1024
/** The machine's timers reach no further than 24 days. */
const MAX_TIMEOUT_MS = 2_000_000_000

/**
 * Opens a pool. Workers start when calls need them, and stay; they keep the process alive only while
 * calls are pending. Throws `OPTION_INVALID`.
 *
 * ```ts
 * const pool = openPool({ kind: 'threads', workers: 2 })
 * const square = moduleFunction<typeof import('./work.ts').square>(new URL('./work.ts', import.meta.url), 'square')
 * console.log(await pool.run(square, [7]))
 * await pool.close()
 * ```
 */
export function openPool(options: PoolOptions): Pool {
  const { kind, workers, attempts = DEFAULT_ATTEMPTS, timeout, maxHeapMb, priority = 'low' } = options
  if (kind !== 'threads' && kind !== 'processes') {
    throw invalid('kind', kind, `'threads' or 'processes'`)
  }
  if (priority !== 'low' && priority !== 'normal') {
    throw invalid('priority', priority, `'low' or 'normal'`)
  }
  checkCount('workers', workers, MAX_WORKERS)
  const capacity = options.capacity ?? workers * 2
  checkCount('capacity', capacity)
  checkCount('attempts', attempts)
  if (maxHeapMb !== undefined) checkCount('maxHeapMb', maxHeapMb)
  const timeoutMs = timeout === undefined ? undefined : positiveDurationMs(timeout, 'the timeout of a pool')
  if (timeoutMs !== undefined && timeoutMs > MAX_TIMEOUT_MS) {
    throw invalid('timeout', timeout, 'at most 23 days; leave it out for calls that may take for ever')
  }
  return new WorkerPool({
    workers,
    capacity,
    attempts,
    timeoutMs,
    maxHeapMb,
    stepsBack: priority === 'low',
    clock: options.clock ?? systemClock,
    onDeath: options.onDeath,
    start: kind === 'threads' ? startThread : startProcess,
  })
}

function checkCount(name: string, value: unknown, most: number = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? 'of 1 or more' : `from 1 to ${most}`
  throw invalid(name, value, `a whole number ${range}`)
}

function invalid(name: string, value: unknown, expected: string): GraphError {
  return new GraphError(
    'OPTION_INVALID',
    `${name} of a pool is ${typeof value === 'number' ? value : JSON.stringify(value)}; expected ${expected}`,
  )
}
