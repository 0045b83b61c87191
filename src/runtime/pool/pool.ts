/**
 * Pools: functions of modules run on worker threads or worker processes.
 *
 * Every call is answered exactly once, with the result or one error; a worker's death costs nothing but
 * time (decision 25).
 */
import { GraphError } from '../../errors.ts'
import { type Clock, type Duration, positiveDurationMs, systemClock } from '../../time/index.ts'
import type { ModuleFunction } from './module-function.ts'
import { startProcess } from './process-worker.ts'
import { startThread } from './thread-worker.ts'
import { WorkerPool } from './worker-pool.ts'

/** A call that was running in so many workers when they died is given up. */
export const DEFAULT_ATTEMPTS = 3
const MAX_WORKERS = 1024
/** The machine's timers reach no further than 24 days. */
const MAX_TIMEOUT_MS = 2_000_000_000

/** How a pool is made. */
export interface PoolOptions {
  /**
   * `threads` start quickly and cost little, and share the fate of this process: native code that crashes
   * in one takes all with it. `processes` have memory and fate of their own.
   */
  readonly kind: 'threads' | 'processes'
  /** How many calls run at a time, at most: one in each worker. From 1 to 1024. */
  readonly workers: number
  /** How many calls may wait or run before `room()` waits; twice the workers. `run` itself refuses none. */
  readonly capacity?: number
  /** A call that takes longer ends with `STEP_FAILED`, its worker with it; 23 days at most. Without it, calls take as long as they like. */
  readonly timeout?: Duration
  /** So many workers may die under one call before it ends with `WORKER_DIED`; 3. With 1, no call ever runs twice. */
  readonly attempts?: number
  /** The most that the heap of one worker may take, MB; a worker that needs more dies. Without it, what Node allows. */
  readonly maxHeapMb?: number
  /** Called with each worker that dies by itself; not with those that a timeout, a signal or `close` ends. */
  readonly onDeath?: (death: WorkerDeath) => void
  readonly clock?: Clock
}

/** A worker has died. */
export interface WorkerDeath {
  /** Its place in the pool, from 0; the worker that follows it gets the same. */
  readonly worker: number
  /** `SIGKILL`, `exit code 1`, or what was thrown. */
  readonly how: string
  /** The function that it was running, in words; undefined: none. */
  readonly running: string | undefined
  /** Whether the call that it had goes to another worker. */
  readonly runsAgain: boolean
}

/** Workers that run functions. */
export interface Pool {
  readonly workers: number
  /** Calls that wait or run. */
  readonly pending: number
  /** How many calls may be pending before `room` waits. */
  readonly capacity: number
  /**
   * Resolves when there is room for one more call: at once, or in the order of asking. Rejects with the
   * signal's reason when that is aborted, and when the pool is closed.
   */
  room(signal?: AbortSignal): Promise<void>
  /**
   * Runs a function on an idle worker; calls begin in their order. Promises may settle in any order.
   *
   * Resolves with a copy of what the function returned. Rejects with what it threw, made again with name,
   * message, stack, causes and fields; and with errors of Sluice: `ENCODE_FAILED` for arguments or results
   * that cannot be copied, `OPTION_INVALID` for a module or export that is not there, `STEP_FAILED` after the
   * timeout, `WORKER_DIED` after too many deaths. The arguments are copied when the call begins: leave them
   * as they are until then. A signal that is aborted ends the call at once, with its reason, and the worker
   * with it if it was running.
   */
  run<Args extends readonly unknown[], Out>(
    fn: ModuleFunction<Args, Out>,
    args: NoInfer<Args>,
    signal?: AbortSignal,
  ): Promise<Out>
  /** Ends all workers. Calls that are pending are rejected: await them first. Resolves when no worker is left. */
  close(): Promise<void>
}

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
  const { kind, workers, attempts = DEFAULT_ATTEMPTS, timeout, maxHeapMb } = options
  if (kind !== 'threads' && kind !== 'processes') {
    throw invalid('kind', kind, `'threads' or 'processes'`)
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
