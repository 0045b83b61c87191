/** What happens when a step cannot process an element. */
import { describeValue, GraphError } from '../errors.ts'
import { type Duration, durationMs } from '../time/index.ts'

/** What follows when there are no further attempts. */
export type FinalPolicy = 'fail' | 'skip' | 'deadLetter'

/**
 * What a step does with an element that it cannot process.
 *
 * - `fail` (the default): nothing since the last commit counts, the app stops with exit code 1
 * - `skip`: the element is dropped and counted
 * - `deadLetter`: its input goes to the app's dead-letter topic
 * - `retry`: it is tried again, in place and in order, up to `attempts` times in all; the wait
 *   starts at `backOff` (100 ms) and doubles; after the last one `otherwise` (`fail`) holds
 */
export type ErrorPolicy =
  | FinalPolicy
  | 'retry'
  | {
      readonly retry: {
        readonly attempts?: number
        readonly backOff?: Duration
        readonly otherwise?: FinalPolicy
      }
    }

/** A policy with every default filled in. */
export interface ResolvedPolicy {
  /** How often the function is called for one element, at least 1. */
  readonly attempts: number
  readonly backOffMs: number
  readonly final: FinalPolicy
}

const DEFAULT_ATTEMPTS = 5
const DEFAULT_BACK_OFF_MS = 100
const RETRY_OPTIONS: ReadonlySet<string> = new Set(['attempts', 'backOff', 'otherwise'])
const FINAL: ReadonlySet<unknown> = new Set<FinalPolicy>(['fail', 'skip', 'deadLetter'])

/** Fills in the defaults. Throws `OPTION_INVALID` naming `what`. */
export function resolvePolicy(policy: ErrorPolicy, what: string): ResolvedPolicy {
  if (typeof policy === 'string' && policy !== 'retry') {
    if (FINAL.has(policy)) return { attempts: 1, backOffMs: 0, final: policy }
    throw new GraphError(
      'OPTION_INVALID',
      `${what} is ${describeValue(policy)}; expected "fail", "retry", "deadLetter" or "skip"`,
    )
  }
  const options = policy === 'retry' ? {} : policy?.retry
  if (typeof options !== 'object' || options === null) {
    throw new GraphError(
      'OPTION_INVALID',
      `${what} is ${describeValue(policy)}; expected the name of a policy, or { retry: { attempts, backOff, otherwise } }`,
    )
  }
  const stranger = Object.keys(options).find(name => !RETRY_OPTIONS.has(name))
  if (stranger !== undefined) {
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: retry has no option "${stranger}"; there are ${[...RETRY_OPTIONS].join(', ')}`,
    )
  }
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw new GraphError('OPTION_INVALID', `${what}: attempts is ${attempts}; expected a whole number ≥ 1`)
  }
  const backOffMs = durationMs(options.backOff ?? DEFAULT_BACK_OFF_MS, `${what}: backOff`)
  return { attempts, backOffMs, final: options.otherwise ?? 'fail' }
}
