/**
 * What a worker of a pool does, thread or process: loads functions, runs calls, answers.
 *
 * Every call is answered once, unless the worker dies of it.
 */
import { InternalError } from '../../errors.ts'
import type { FromPoolWorker, ToPoolWorker } from './pool-messages.ts'
import { describeThrown } from './thrown.ts'
import { describeUncopyable } from './uncopyable.ts'

/** How a worker answers. */
export interface Answering {
  /** Throws for a value that cannot be copied. */
  send(answer: FromPoolWorker): void
  /** Copies as sending does; throws for a value that cannot be copied. */
  copy(value: unknown): unknown
}

/** Makes what takes the messages of the pool. */
export function serveCalls(answering: Answering): (message: ToPoolWorker) => void {
  const functions = new Map<number, UserFunction>()

  async function answer(message: ToPoolWorker): Promise<void> {
    const { call, fn: number, args } = message
    const known = functions.get(number)
    if (known !== undefined) return runCall(call, known, { args, answering })
    const loaded = await loadFunction(message, answering)
    if (typeof loaded !== 'function') return answering.send(loaded)
    functions.set(number, loaded)
    answering.send({ kind: 'loaded', call })
    return runCall(call, loaded, { args, answering })
  }

  return message => void answer(message)
}

type UserFunction = (...args: readonly unknown[]) => unknown

interface CallParts {
  readonly args: readonly unknown[]
  readonly answering: Answering
}

async function runCall(call: number, fn: UserFunction, { args, answering }: CallParts): Promise<void> {
  let value: unknown
  try {
    value = await fn(...args)
  } catch (thrown) {
    answering.send({ kind: 'threw', call, thrown: describeThrown(thrown, answering.copy) })
    return
  }
  try {
    answering.send({ kind: 'result', call, value })
  } catch {
    answering.send({ kind: 'uncopyable', call, why: describeUncopyable(value, answering.copy) })
  }
}

async function loadFunction(
  { call, load }: ToPoolWorker,
  { copy }: Answering,
): Promise<UserFunction | FromPoolWorker> {
  if (load === undefined) throw new InternalError('a worker was asked for a function that it was not told')
  try {
    // What a module exports is known to its author only.
    const exports = (await import(load.module)) as Readonly<Record<string, unknown>>
    const fn = exports[load.name]
    // The types of its arguments were checked where the function was named.
    if (typeof fn === 'function') return fn as UserFunction
    return { kind: 'lacking', call, exports: Object.keys(exports) }
  } catch (thrown) {
    return { kind: 'unloadable', call, thrown: describeThrown(thrown, copy) }
  }
}
