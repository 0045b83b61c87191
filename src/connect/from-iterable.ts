/**
 * Elements of anything that can be iterated. Reads exactly one ahead of what was taken: the next is
 * asked for when the promise of the one before has settled. Works in browsers too.
 */
import { describeValue, GraphError, messageOf, StepError } from '../errors.ts'
import { FairShare } from './fair-share.ts'
import { ABORTED, Interruptible } from './interruptible.ts'
import type { Source, SourceHost } from './source.ts'

/** Options of `fromIterable`. */
export interface FromIterableOptions {
  /** What it is called in pictures and messages; `iterable` without it. */
  readonly name?: string
}

/**
 * Gives the elements of an array, a generator, an async generator, a readable stream: anything that can
 * be iterated.
 *
 * The run ends with the iterable. A stop closes the iterator (a generator's `finally` runs); an async
 * iterator that is being waited for is told, and not waited for. Run again, an array starts from its
 * beginning, a generator that was used gives nothing more. What the iterable throws ends the run with
 * `STEP_FAILED`.
 */
export function fromIterable<T>(
  iterable: Iterable<T> | AsyncIterable<T>,
  options: FromIterableOptions = {},
): Source<T> {
  const name = options.name ?? 'iterable'
  if (!isIterable(iterable)) {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: found ${describeValue(iterable)}; expected something to iterate: an array, a generator (called, not the function), a readable stream`,
    )
  }
  return {
    name,
    run: host =>
      Symbol.asyncIterator in iterable ? runAsync(iterable, name, host) : runSync(iterable, name, host),
  }
}

async function runSync<T>(iterable: Iterable<T>, name: string, host: SourceHost<T>): Promise<void> {
  if (host.signal.aborted) return
  const share = new FairShare(host.clock)
  // Tells errors of the iterable from those of what takes its elements.
  let isTaking = false
  try {
    for (const value of iterable) {
      isTaking = true
      const passed = host.emit(value)
      if (passed !== undefined) await passed
      const turn = share.next()
      if (turn !== undefined) await turn
      isTaking = false
      if (host.signal.aborted) return
    }
  } catch (thrown) {
    throw isTaking ? thrown : iterationError(thrown, name)
  }
}

async function runAsync<T>(iterable: AsyncIterable<T>, name: string, host: SourceHost<T>): Promise<void> {
  const { signal } = host
  if (signal.aborted) return
  const iterator = iterable[Symbol.asyncIterator]()
  const share = new FairShare(host.clock)
  const interruptible = new Interruptible(signal)
  let isOpen = true
  try {
    while (!signal.aborted) {
      isOpen = false
      const step = await nextOf(iterator, interruptible, name)
      if (step === ABORTED) return abandon(iterator)
      if (step.done === true) return
      isOpen = true
      const passed = host.emit(step.value)
      if (passed !== undefined) await passed
      const turn = share.next()
      if (turn !== undefined) await turn
    }
  } finally {
    interruptible.end()
    if (isOpen) await iterator.return?.()
  }
}

async function nextOf<T>(
  iterator: AsyncIterator<T>,
  interruptible: Interruptible,
  name: string,
): Promise<IteratorResult<T> | typeof ABORTED> {
  try {
    return await interruptible.wait(iterator.next())
  } catch (thrown) {
    throw iterationError(thrown, name)
  }
}

function iterationError(thrown: unknown, name: string): StepError {
  return new StepError('STEP_FAILED', `${name}: the iterable threw: ${messageOf(thrown)}`, { cause: thrown })
}

/**
 * Tells an async iterator that is busy with its next element that no more is wanted. An async generator
 * hears it only after that element, which may never come, so nobody waits; nor is there anybody whom an
 * error of its clean-up would concern.
 */
function abandon(iterator: AsyncIterator<unknown>): void {
  iterator.return?.().catch(() => undefined)
}

function isIterable(value: unknown): boolean {
  if (typeof value === 'string') return true
  return (
    typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  )
}
