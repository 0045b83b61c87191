/**
 * The interface of pools: workers that run functions of modules. Whoever gives a graph the way to open one
 * decides what runs them; the graph knows no more than this.
 */
import type { Clock, Duration } from '../time/index.ts'

/** A function that lives in a module, so that workers of a pool can load it. Made by `moduleFunction`. */
export interface ModuleFunction<Args extends readonly unknown[], Out> {
  readonly kind: 'moduleFunction'
  /** The URL of the module. */
  readonly module: string
  /** The name of the export. */
  readonly name: string
  /** For the compiler: never there. */
  readonly types?: (...args: Args) => Out
}

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
  /**
   * Whether workers step back where there are not CPUs enough for all: with `'low'`, the default, the program that
   * opened the pool goes first, so its event loop is free while they compute. For threads that is so on Linux only.
   */
  readonly priority?: 'low' | 'normal'
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
