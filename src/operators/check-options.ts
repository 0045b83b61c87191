/**
 * Refuses what no operator reads: programs run without a type check, and an option that is misspelt would be
 * left out without a word.
 */
import { describeValue, GraphError } from '../errors.ts'

/** What every step takes. */
const STEP_OPTIONS = ['id', 'onError'] as const

/** What some take besides; to be told of when another one is given. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  chunk: ['timeout', 'key'],
  chunkUnique: ['key', 'keep'],
  combineLatest: ['emitOn'],
  mapAsync: ['concurrency', 'capacity', 'order', 'timeout', 'breaker'],
  deviation: ['kind'],
  mapWithState: ['withState'],
  scan: ['withState'],
  slice: ['step'],
  slidingWindow: ['partial'],
  timedWindow: ['empty'],
  timedWindowUnique: ['empty', 'key', 'keep'],
  unique: ['key', 'max'],
  variance: ['kind'],
  zip: ['maxSize'],
}

/** Refuses options that nobody reads. Throws `OPTION_INVALID`. */
export function checkOptions(options: object, known: readonly string[], what: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new GraphError(
      'OPTION_INVALID',
      `${what} was given ${describeValue(options)} as its options; expected an object with ${known.join(', ')}`,
    )
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new GraphError(
      'OPTION_INVALID',
      `${what}: there is no option "${name}"; there are ${known.join(', ')}`,
    )
  }
}

/** Refuses what an operator has not taken of its options, and every step does not take either. Throws `OPTION_INVALID`. */
export function checkRest(rest: object, operator: string): void {
  for (const name in rest) {
    if (name === 'id' || name === 'onError') continue
    const known = [...(OWN_OPTIONS[operator] ?? []), ...STEP_OPTIONS]
    checkOptions({ [name]: true }, known, operator)
  }
}

/** Refuses what is neither true nor false. Throws `OPTION_INVALID`. */
export function checkFlag(given: unknown, what: string): void {
  if (typeof given === 'boolean') return
  throw new GraphError('OPTION_INVALID', `${what} is ${describeValue(given)}; expected true or false`)
}

/** Refuses what cannot be called. Throws `OPTION_INVALID`. */
export function checkFunction(given: unknown, what: string): void {
  if (typeof given === 'function') return
  throw new GraphError('OPTION_INVALID', `${what} was given ${describeValue(given)}; expected a function`)
}

/** What was given in place of a stream, a table or a topic, for messages: of such things only what they are. */
export function describeOperand(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return describeValue(given)
  const kind = given.constructor
  return kind === Object || kind === undefined ? describeValue(given) : `a ${kind.name}`
}
