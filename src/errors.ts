/**
 * Every error that Sluice throws, and the closed list of their codes.
 *
 * A message says what was found, what was expected and the likely fix. Context (step, key, place)
 * is added once, on the way up.
 */

/** The closed list of error codes: stable names to match on, one per thing that can go wrong. */
export type ErrorCode =
  // the graph or the program is wrong: thrown while building, before anything runs
  | 'GRAPH_INVALID'
  | 'STEP_ID_DUPLICATE'
  | 'OPTION_INVALID'
  | 'USAGE'
  // a user's function threw, or returned what it may not
  | 'STEP_FAILED'
  | 'KEY_INVALID'
  | 'KEY_MISPLACED'
  | 'TIME_INVALID'
  // the process that ran the program died again and again
  | 'WORKER_DIED'
  // bytes that are not what the codec expects, values that it cannot write
  | 'DECODE_FAILED'
  | 'ENCODE_FAILED'
  // the outside world
  | 'TOPIC_UNKNOWN'
  | 'TOPIC_EXISTS'
  | 'TOPIC_INVALID'
  | 'TOPIC_IN_USE'
  | 'OFFSET_OUT_OF_RANGE'
  | 'BROKER_UNAVAILABLE'
  | 'BROKER_FULL'
  | 'BROKER_CORRUPT'
  | 'BROKER_FORMAT'
  | 'LEASE_HELD'
  | 'FENCED'
  // the world beyond a source or a sink
  | 'SOURCE_FAILED'
  | 'SOURCE_ENDED'
  | 'SINK_FAILED'
  | 'PORT_IN_USE'
  | 'PACKAGE_MISSING'
  // what an earlier run left does not fit this program
  | 'STATE_MISMATCH'
  | 'STATE_CORRUPT'
  // our bug
  | 'INTERNAL'

/** What an error may carry beside its message. */
export interface ErrorDetails {
  /** What caused it, kept as it was thrown. */
  readonly cause?: unknown
  /** The id of the step where it happened, if one step is to blame. */
  readonly step?: string
}

/** The parent of all errors that Sluice throws. */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError'
  /** Which of the listed things went wrong. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later without a change of program or data. */
  readonly retryable: boolean
  /** The id of the step where it happened, if one step is to blame. */
  readonly step: string | undefined

  constructor(code: ErrorCode, message: string, retryable: boolean, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retryable = retryable
    this.step = details.step
  }
}

/** The program or the graph is wrong; thrown while building, before anything runs. */
export class GraphError extends SluiceError {
  override readonly name = 'GraphError'
  constructor(
    code: 'GRAPH_INVALID' | 'STEP_ID_DUPLICATE' | 'OPTION_INVALID',
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, false, details)
  }
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends SluiceError {
  override readonly name = 'UsageError'
  constructor(message: string, details?: ErrorDetails) {
    super('USAGE', message, false, details)
  }
}

/** A step could not process one element: its function threw, or gave an invalid key or time. */
export class StepError extends SluiceError {
  override readonly name = 'StepError'
  constructor(
    code: 'STEP_FAILED' | 'KEY_INVALID' | 'KEY_MISPLACED' | 'TIME_INVALID',
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, false, details)
  }
}

/** Bytes that a codec cannot read, or a value that it cannot write. */
export class CodecError extends SluiceError {
  override readonly name = 'CodecError'
  constructor(code: 'DECODE_FAILED' | 'ENCODE_FAILED', message: string, details?: ErrorDetails) {
    super(code, message, false, details)
  }
}

/** The broker refused, or cannot be reached. */
export class BrokerError extends SluiceError {
  override readonly name = 'BrokerError'
  constructor(
    code:
      | 'TOPIC_UNKNOWN'
      | 'TOPIC_EXISTS'
      | 'TOPIC_INVALID'
      | 'TOPIC_IN_USE'
      | 'OFFSET_OUT_OF_RANGE'
      | 'BROKER_UNAVAILABLE'
      | 'BROKER_FULL'
      | 'BROKER_CORRUPT'
      | 'BROKER_FORMAT',
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, code === 'BROKER_UNAVAILABLE' || code === 'BROKER_FULL', details)
  }
}

/** What is beyond a source or a sink refused, broke off, or is not there: a file, a port, a child process. */
export class ConnectorError extends SluiceError {
  override readonly name = 'ConnectorError'
  constructor(
    code: 'SOURCE_FAILED' | 'SOURCE_ENDED' | 'SINK_FAILED' | 'PORT_IN_USE' | 'PACKAGE_MISSING',
    message: string,
    details?: ErrorDetails,
  ) {
    super(code, message, code !== 'SOURCE_ENDED' && code !== 'PACKAGE_MISSING', details)
  }
}

/** Another process runs this app already. */
export class LeaseError extends SluiceError {
  override readonly name = 'LeaseError'
  constructor(message: string, details?: ErrorDetails) {
    super('LEASE_HELD', message, true, details)
  }
}

/** A commit came from a worker whose tasks have been taken over: it must stop, nothing was written. */
export class FencedError extends SluiceError {
  override readonly name = 'FencedError'
  constructor(message: string, details?: ErrorDetails) {
    super('FENCED', message, false, details)
  }
}

/** State that an earlier run left does not fit this program, or cannot be read. */
export class StateError extends SluiceError {
  override readonly name = 'StateError'
  constructor(code: 'STATE_MISMATCH' | 'STATE_CORRUPT', message: string, details?: ErrorDetails) {
    super(code, message, false, details)
  }
}

/** An invariant of Sluice does not hold: a bug of ours, please report it. */
export class InternalError extends SluiceError {
  override readonly name = 'InternalError'
  constructor(message: string, details?: ErrorDetails) {
    super('INTERNAL', `${message} (this is a bug in Sluice: please report it)`, false, details)
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'string' ? thrown : `threw ${describeValue(thrown)}`
}

/** A short, safe text of any value, for messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'symbol' || value === undefined || value === null) return String(value)
  if (typeof value !== 'object') return String(value)
  try {
    const text = JSON.stringify(value) as string | undefined
    if (text !== undefined) return text.length > 120 ? `${text.slice(0, 117)}…` : text
  } catch {
    // circular, or a getter that throws: the kind of thing is all we can say
  }
  return Object.prototype.toString.call(value)
}

/** For `JSON.stringify`, which knows no bigints: their digits. */
export function bigintAsText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}` : value
}

/** A whole number, at least `least`. Throws `OPTION_INVALID` naming `what`. */
export function wholeNumber(value: unknown, what: string, least = 1): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
  throw new GraphError(
    'OPTION_INVALID',
    `${what} is ${describeValue(value)}; expected a whole number ≥ ${least}`,
  )
}

/** For the `default` of a switch over a closed union: does not compile when a case is missing. */
export function unreachable(value: never): never {
  throw new InternalError(`unexpected ${describeValue(value)}`)
}
