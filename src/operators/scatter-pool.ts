/**
 * The pool behind a scattered stream: the stream's own, or handed in.
 *
 * Invariant: what is under way when the stream is disposed of is dropped, as everything that waits then:
 * it neither fails nor settles.
 */
import type { ModuleFunction, Pool, PoolOptions } from '../connect/index.ts'
import { describeValue, GraphError } from '../errors.ts'

/** Options of `scatter`: those of a pool, with threads as the default kind. */
export interface ScatterOptions extends Omit<PoolOptions, 'kind'> {
  /** `threads`, the default, or `processes`. */
  readonly kind?: PoolOptions['kind']
}

const NEVER = new Promise<never>(() => {})

/** Runs calls for the steps of a scattered stream. */
export class ScatterPool {
  readonly #pool: Pool
  readonly #isOwn: boolean
  #isClosed = false

  /** Throws `OPTION_INVALID`. */
  constructor(openPool: (options: PoolOptions) => Pool, given: Pool | ScatterOptions) {
    if (typeof given !== 'object' || given === null) {
      throw new GraphError(
        'OPTION_INVALID',
        `scatter was given ${describeValue(given)}; expected options such as { workers: 2 }, or what openPool() gave`,
      )
    }
    this.#isOwn = !('run' in given)
    this.#pool = 'run' in given ? given : openPool({ kind: 'threads', ...given })
  }

  /** How many calls may wait or run. */
  get capacity(): number {
    return this.#pool.capacity
  }

  /** Runs a function on a worker; an abort ends it there. */
  run(fn: ModuleFunction<never, unknown>, args: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    // That these are the function's arguments was checked where it was handed to the step.
    return this.#pool
      .run(fn as ModuleFunction<readonly unknown[], unknown>, args, signal)
      .catch((thrown: unknown) => {
        if (this.#isClosed) return NEVER
        throw thrown
      })
  }

  /** Ends the workers of a pool of its own. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#isOwn) await this.#pool.close()
  }
}
