/**
 * Elements by the clock. The times are a fixed grid from the start of the run, so they do not drift by
 * what the work takes; a time that passes while the work goes on is left out, never made up for in a
 * burst. Works in browsers too.
 */
import { ABORTED, Interruptible, type Source, type SourceHost } from '../../connect/index.ts'
import { describeValue, GraphError, messageOf, StepError } from '../../errors.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'

/** Options of `periodic`. */
export interface PeriodicOptions {
  /** From one call to the next: `'500ms'`, `'1s'`, or milliseconds. */
  readonly every: Duration
  /** What it is called in pictures and messages; `periodic` without it. */
  readonly name?: string
}

/**
 * Calls a function every so often and gives what it returns, the first time at once.
 *
 * The function may be async; the next call comes after the element was taken, at the next time of the
 * grid. It is never called twice at once. What it throws ends the run with `STEP_FAILED`. Runs until it
 * is stopped; a run afterwards starts a new grid.
 */
export function periodic<T>(callback: () => T | Promise<T>, options: PeriodicOptions): Source<T> {
  const name = options.name ?? 'periodic'
  if (typeof callback !== 'function') {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: found ${describeValue(callback)}; expected a function that gives the next element`,
    )
  }
  const everyMs = positiveDurationMs(options.every, `${name}: every`)
  return { name, run: host => run(callback, { name, everyMs, host }) }
}

interface PeriodicRun<T> {
  readonly name: string
  readonly everyMs: number
  readonly host: SourceHost<T>
}

async function run<T>(
  callback: () => T | Promise<T>,
  { name, everyMs, host }: PeriodicRun<T>,
): Promise<void> {
  const { clock, signal } = host
  const start = clock.monotonic()
  const interruptible = new Interruptible(signal)
  try {
    while (!signal.aborted) {
      const value = await interruptible.wait(call(callback, name))
      if (value === ABORTED) return
      const passed = host.emit(value)
      if (passed !== undefined) await passed
      const sinceStart = clock.monotonic() - start
      const nextTime = (Math.floor(sinceStart / everyMs) + 1) * everyMs
      await clock.sleep(nextTime - sinceStart, signal)
    }
  } finally {
    interruptible.end()
  }
}

async function call<T>(callback: () => T | Promise<T>, name: string): Promise<T> {
  try {
    return await callback()
  } catch (thrown) {
    throw new StepError('STEP_FAILED', `${name}: the function threw: ${messageOf(thrown)}`, { cause: thrown })
  }
}
