/**
 * What happens to an element that a step could not process: the step's policy, and the message that
 * names step, key and origin.
 */
import { bigintAsText, describeValue, type ErrorCode, messageOf, SluiceError, StepError } from '../errors.ts'
import type { Context, ResolvedPolicy } from '../graph/index.ts'
import type { OpenCircuit } from './circuit-breaker.ts'
import type { Scope } from './scope.ts'

/** What failed, and where, in words. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

/** What there is to say of an element that failed. */
export interface FailedElement {
  readonly step: string
  readonly error: Failure
  readonly thrown: unknown
  readonly task: number
  /** Whether the step is a source, which decodes the record itself. */
  readonly isSource: boolean
  readonly value: unknown
}

/** Takes elements that a policy sends to the dead letters. */
export interface DeadLetters {
  add(failed: FailedElement, context: Context): void
}

/** Where a step stands, for a later retry. */
export interface StepPlace {
  readonly isSource: boolean
  /** The number of the task that has to process the element. */
  taskOf(context: Context): number
}

const ONLY_TASK: StepPlace = { isSource: false, taskOf: () => 0 }

/** Decides, counts and tells for one step. */
export class FailureHandler {
  readonly step: string
  readonly policy: ResolvedPolicy
  /** How many elements were skipped or became dead letters since the start. */
  failed = 0
  readonly #scope: Scope
  readonly #deadLetters: DeadLetters
  readonly #place: StepPlace

  constructor(
    step: string,
    policy: ResolvedPolicy,
    scope: Scope,
    deadLetters: DeadLetters,
    place: StepPlace = ONLY_TASK,
  ) {
    this.#place = place
    this.step = step
    this.policy = policy
    this.#scope = scope
    this.#deadLetters = deadLetters
  }

  /** Whether the policy lets the app go on, so that a failed call must leave no half effect. */
  get guarded(): boolean {
    return this.policy.final !== 'fail' || this.policy.attempts > 1
  }

  /** Whether another attempt is due after this many. */
  mayRetry(thrown: unknown, attempts: number): boolean {
    return attempts < this.policy.attempts && !isFatal(thrown)
  }

  /** How long to wait after this many attempts, milliseconds. */
  backOffMs(attempts: number): number {
    return Math.min(this.policy.backOffMs * 2 ** (attempts - 1), 30_000)
  }

  /** Tells that the step stops calling its function for a while, or calls it again. */
  switched(open: OpenCircuit | undefined): void {
    const { until = null, failures = 0, error = '' } = open ?? {}
    this.#scope.publish({ type: 'circuit', step: this.step, until, failures, error })
  }

  /** Tells that an element will be tried again. */
  retrying(thrown: unknown, value: unknown, context: Context): void {
    this.#publish(this.#describe(thrown, value, context), 'retrying')
  }

  /** There are no further attempts: skips the element, writes it to the dead-letter topic, or fails. */
  handle(thrown: unknown, value: unknown, context: Context): void {
    const failure = this.#describe(thrown, value, context)
    const action = isFatal(thrown) ? 'fail' : this.policy.final
    switch (action) {
      case 'fail':
        this.#scope.fail(this.#errorOf(failure, thrown))
        return
      case 'skip':
        this.failed++
        this.#scope.counters.skipped++
        this.#publish(failure, 'skipped')
        return
      case 'deadLetter':
        this.failed++
        this.#scope.counters.deadLetters++
        this.#deadLetters.add(
          {
            step: this.step,
            error: failure,
            thrown,
            task: this.#place.taskOf(context),
            isSource: this.#place.isSource,
            value,
          },
          context,
        )
        this.#publish(failure, 'deadLettered')
    }
  }

  /** What failed and where. No error yet: making one, with its stack, costs more than processing the element. */
  #describe(thrown: unknown, value: unknown, context: Context): Failure {
    const code: ErrorCode = thrown instanceof SluiceError ? thrown.code : 'STEP_FAILED'
    const isFromRecord = context.origin.topic !== ''
    const element = isFromRecord ? '' : ` on element ${describeValue(value)}`
    const key = context.key === undefined ? '' : JSON.stringify(context.key, bigintAsText)
    const keyed = key === '' ? '' : ` ${isFromRecord ? 'on' : 'of'} key ${key}`
    const place = isFromRecord ? ` (${placeOf(context)})` : ''
    return {
      code,
      message: `step "${this.step}" failed${element}${keyed}${place}: ${thrownText(thrown)}`,
    }
  }

  #errorOf({ code, message }: Failure, thrown: unknown): SluiceError {
    const details = { cause: thrown, step: this.step }
    return thrown instanceof SluiceError
      ? new SluiceError(code, message, thrown.retryable, details)
      : new StepError('STEP_FAILED', message, details)
  }

  #publish({ code, message }: Failure, action: 'skipped' | 'deadLettered' | 'retrying'): void {
    this.#scope.publish({ type: 'error', code, message, step: this.step, action })
  }
}

/** Errors that no policy may pass over: going on would split keys or run an old owner. */
function isFatal(thrown: unknown): boolean {
  return thrown instanceof SluiceError && (thrown.code === 'KEY_MISPLACED' || thrown.code === 'INTERNAL')
}

/** What was thrown, for people: our own errors say enough without their name. */
export function thrownText(thrown: unknown): string {
  const name = thrown instanceof Error && !(thrown instanceof SluiceError) ? `${thrown.name}: ` : ''
  return `${name}${messageOf(thrown)}`
}

/** Where an element came from, for people. */
export function placeOf(context: Pick<Context, 'origin' | 'offset'>): string {
  return `${context.origin.topic}/${context.origin.partition} at offset ${context.offset}`
}
