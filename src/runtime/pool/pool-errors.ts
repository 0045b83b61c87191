/** The errors of a pool: what was found, what was expected, the likely fix. */
import type { ModuleFunction } from '../../connect/index.ts'
import { CodecError, GraphError, messageOf, SluiceError, StepError, unreachable } from '../../errors.ts'
import { formatDuration } from '../../time/index.ts'
import { describeFunction, describeMissing, describeModule } from './module-function.ts'
import type { PoolCall } from './pool-call.ts'
import type { FromPoolWorker } from './pool-messages.ts'
import type { PoolWorker } from './pool-worker.ts'
import { restoreThrown } from './thrown.ts'
import { describeUncopyable } from './uncopyable.ts'

const MAX_EXPORTS_SHOWN = 10

/** What a call is rejected with after this answer of its worker. */
export function failureOf(
  fn: ModuleFunction<never, unknown>,
  message: Exclude<FromPoolWorker, { readonly kind: 'result' | 'loaded' }>,
): unknown {
  switch (message.kind) {
    case 'threw':
      return restoreThrown(message.thrown)
    case 'uncopyable':
      return new CodecError(
        'ENCODE_FAILED',
        `the result of ${describeFunction(fn)} cannot be copied out of its worker: ${message.why}`,
      )
    case 'unloadable':
      return unloadableError(fn, restoreThrown(message.thrown))
    case 'lacking':
      return lackingError(fn, message.exports)
    default:
      return unreachable(message)
  }
}

/** Arguments of this call cannot be sent: says which, and which part of it. */
export function uncopyableArguments(
  { fn, args }: PoolCall,
  { copy }: PoolWorker,
  refusal: unknown,
): CodecError {
  const at = args.findIndex(argument => isRefused(argument, copy))
  const [which, why] =
    at === -1
      ? ['the arguments', messageOf(refusal)]
      : [`argument ${at + 1}`, describeUncopyable(args[at], copy)]
  return new CodecError(
    'ENCODE_FAILED',
    `${which} of ${describeFunction(fn)} cannot be copied to a worker: ${why}`,
  )
}

/** A call took longer than it may. */
export function lateError({ fn }: PoolCall, afterMs: number, wasLoading: boolean): StepError {
  const what = wasLoading ? 'had not even begun' : 'had not returned'
  return new StepError(
    'STEP_FAILED',
    `${describeFunction(fn)} ${what} after ${formatDuration(afterMs)}, so its worker was ended; expected it to return within the pool's timeout: raise that, or find what it waits for`,
  )
}

/** So many workers died under a call that it is given up. */
export function deathError({ fn, attempts }: PoolCall, how: string): SluiceError {
  return new SluiceError(
    'WORKER_DIED',
    `${describeFunction(fn)} killed its worker ${attempts === 1 ? 'once' : `${attempts} times`} with the same arguments (the last time: ${how}): look in it for process.exit, for errors in callbacks that nobody awaits, and for too much memory`,
    false,
  )
}

/** The pool was closed before. */
export function closedError(): GraphError {
  return new GraphError('OPTION_INVALID', 'the pool is closed, and what was pending with it; close it last')
}

function unloadableError({ module, name }: ModuleFunction<never, unknown>, cause: unknown): GraphError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new GraphError(
    'OPTION_INVALID',
    `the module ${describeModule(module)} with the function ${name} does not load in a worker: ${describeMissing(module) ?? said}`,
    { cause },
  )
}

function lackingError(
  { module, name }: ModuleFunction<never, unknown>,
  exports: readonly string[],
): GraphError {
  const shown = exports.slice(0, MAX_EXPORTS_SHOWN).join(', ')
  const what = name === 'default' ? 'no default export that is a function' : `no function ${name}`
  return new GraphError(
    'OPTION_INVALID',
    `the module ${describeModule(module)} exports ${what}; it exports ${shown === '' ? 'nothing' : shown}${exports.length > MAX_EXPORTS_SHOWN ? ', …' : ''}: export the function, or name one of these`,
  )
}

function isRefused(value: unknown, copy: (value: unknown) => unknown): boolean {
  try {
    copy(value)
    return false
  } catch {
    return true
  }
}
