/** What is said of asynchronous steps: how many elements are in flight, in which order they come out, when to pause. */
import { describeValue, GraphError, wholeNumber } from '../errors.ts'
import type { BreakerSpec, Concurrency, ElementOrder } from '../graph/index.ts'
import { type Duration, positiveDurationMs } from '../time/index.ts'
import { checkOptions } from './check-options.ts'
import type { StepOptions } from './scope.ts'

/** In which order the results of asynchronous steps come. */
export interface OrderOptions extends StepOptions {
  /**
   * `'all'`, the default: in the order of their elements. `'key'`, on a keyed stream: elements of one key
   * are called one after the other and come out in their order, and different keys overtake one another.
   * `'none'`: as they are ready.
   */
  readonly order?: ElementOrder
  /**
   * How many elements may be in flight, those included that wait for their turn or for others; above it
   * sources and `emit` wait. The default is `concurrency`.
   */
  readonly capacity?: number
}

/** When a step stops calling a function that always fails. */
export interface BreakerOptions {
  /** So many failures in a row, of whatever elements, open the circuit. */
  readonly after: number
  /** No call is made for so long; then one is tried. Each pause that follows is twice as long, up to ten times. */
  readonly pause: Duration
}

/** Options of `mapAsync`. */
export interface MapAsyncOptions extends OrderOptions {
  /** How many calls may be under way at a time; the default is 1. */
  readonly concurrency?: number
  /** A call that takes longer has failed, and its signal is aborted; each attempt has all of it. */
  readonly timeout?: Duration
  /** Stops calls for a while after too many failures in a row; elements wait meanwhile. */
  readonly breaker?: BreakerOptions
}

/** What a step needs to know of the stream that it stands on. */
export interface AsyncPlace {
  /** The name of the operator, for messages. */
  readonly name: string
  readonly isKeyed: boolean
}

const ORDERS: ReadonlySet<unknown> = new Set<ElementOrder>(['all', 'key', 'none'])

/** Checks the options and fills in the defaults. Throws `OPTION_INVALID`. */
export function concurrencyOf(
  { concurrency = 1, capacity = concurrency, order = 'all', timeout, breaker }: MapAsyncOptions,
  { name, isKeyed }: AsyncPlace,
): Concurrency {
  wholeNumber(concurrency, `${name}: concurrency`)
  if (wholeNumber(capacity, `${name}: capacity`) < concurrency) {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: capacity is ${capacity} and concurrency is ${concurrency}; what is under way counts, so give a capacity of ${concurrency} or more`,
    )
  }
  if (!ORDERS.has(order)) {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: order is ${describeValue(order)}; expected "all", "key" or "none"`,
    )
  }
  if (order === 'key' && !isKeyed) {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: order is "key", but elements have no key here; put keyBy(…) before it, or say order: "all" or "none"`,
    )
  }
  const timeoutMs = timeout === undefined ? undefined : positiveDurationMs(timeout, `${name}: timeout`)
  return {
    concurrency,
    capacity,
    order,
    timeoutMs,
    breaker: breaker === undefined ? undefined : breakerOf(breaker, name),
  }
}

function breakerOf(given: BreakerOptions, name: string): BreakerSpec {
  if (typeof given !== 'object' || given === null) {
    throw new GraphError(
      'OPTION_INVALID',
      `${name}: breaker is ${describeValue(given)}; expected { after: 5, pause: "30s" }`,
    )
  }
  checkOptions(given, ['after', 'pause'], `${name}: breaker`)
  const pauseMs = positiveDurationMs(given.pause, `${name}: pause of the breaker`)
  return { after: wholeNumber(given.after, `${name}: after of the breaker`), pauseMs }
}
