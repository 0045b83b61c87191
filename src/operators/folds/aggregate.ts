/** A user's own aggregation, and several folds at once. */
import { describeValue, GraphError, StepError } from '../../errors.ts'
import { plainWire } from '../../state/index.ts'
import { checkFunction, checkOptions } from '../check-options.ts'
import type { Change } from '../tables/change.ts'
import type { AnyFold, Fold, FoldParts } from './fold.ts'
import { wiresByNumber } from './wires.ts'

/** A user's aggregation for `aggregate`. */
export interface Aggregation<In, Acc, Out> {
  /** The accumulator of no elements; called once per key and window. Must be what msgpack can carry. */
  init(): Acc
  /** Takes an element in, and gives the accumulator to keep; it may change and return the given one. */
  add(accumulator: Acc, element: In): Acc
  /** The result of an accumulator; without it the accumulator itself. Called when the window closes. */
  result?(accumulator: Acc): Out
  /**
   * Adds the second accumulator, which it must neither change nor give back, to the first, which it may
   * change. Say it when the order of elements does not matter: overlapping windows then share what they
   * have in common, sessions can merge, and less travels between workers.
   */
  merge?(into: Acc, other: Acc): Acc
  /**
   * Takes an element out again that `add` took in, and gives the accumulator to keep; it may change and return
   * the given one. Called for rows that go, of a table or another change stream, which without it are refused.
   */
  retract?(accumulator: Acc, element: In): Acc
  /** Raise it when accumulators of an earlier version of the program must not be read any more. */
  version?: number
}

/** Folds by name, as `aggregate` takes them; `R` is an object of their results. */
export type FoldsByName<In, R> = { readonly [N in keyof R]: AnyFold<In, R[N]> }

/** What `aggregate` was given, as one fold. Throws `OPTION_INVALID` for what is neither. */
export function foldOf<In>(
  given:
    | Aggregation<In, unknown, unknown>
    | AnyFold<In, unknown>
    | FoldsByName<In, Readonly<Record<string, unknown>>>,
): AnyFold<In, unknown> {
  if (isFold(given)) return given
  if (isAggregation(given)) return aggregateFold(given)
  const parts = Object.entries(given ?? {})
  if (parts.length > 0 && parts.every(([, fold]) => isFold(fold))) return combine(parts)
  throw new GraphError(
    'OPTION_INVALID',
    `aggregate was given ${describeValue(given)}; expected an aggregation such as count(), several by name such as { n: count(), total: sum(of) }, or { init, add, merge?, retract?, result? }`,
  )
}

const FUNCTIONS = ['init', 'add', 'merge', 'retract', 'result'] as const

/** A user's own aggregation as a fold. */
export function aggregateFold<In, Acc, Out>(aggregation: Aggregation<In, Acc, Out>): Fold<In, Acc, Out> {
  checkAggregation(aggregation)
  const { merge, retract } = aggregation
  const rest = {
    fingerprint: `aggregate:${aggregation.version ?? 1}`,
    create: () => aggregation.init(),
    result: (accumulator: Acc) =>
      // Without a result, the types say that one is the other.
      aggregation.result === undefined ? (accumulator as unknown as Out) : aggregation.result(accumulator),
    ...(merge === undefined
      ? {}
      : { merge: (into: Acc, other: Acc) => checkMerged(merge.call(aggregation, into, other), other) }),
    condenses: true,
    wire: plainWire<Acc>(),
    mutates: true,
    copy: (before: Acc) => structuredClone(before),
  }
  const fold: Fold<In, Acc, Out> = {
    ...rest,
    add: (accumulator, element) => aggregation.add(accumulator, element),
  }
  if (retract === undefined) return fold
  const retracting = (): FoldParts<Change<In>, Acc, Out> => ({
    ...rest,
    fingerprint: `${rest.fingerprint} retracting`,
    add: (accumulator, { before, after }) => {
      const left = before === null ? accumulator : retract.call(aggregation, accumulator, before)
      return after === null ? left : aggregation.add(left, after)
    },
  })
  return { ...fold, retracting }
}

/**
 * Several folds at once, each with its own accumulator. What may throw comes first: what folds read of the
 * element, and then those that change something before they throw. So of the others, which may hold many
 * elements, nothing has to be copied.
 */
function combine<In>(
  given: readonly (readonly [string, AnyFold<In, unknown>])[],
): Fold<In, unknown[], unknown> {
  const parts = [
    ...given.filter(([, fold]) => mayThrowLate(fold)),
    ...given.filter(([, fold]) => !mayThrowLate(fold)),
  ]
  const folds = parts.map(([, fold]) => fold)
  const halves = folds.map(fold => fold.halves)
  const places = given.map(part => parts.indexOf(part))
  const reads: unknown[] = folds.map(() => undefined)
  const merges = folds.flatMap(({ merge }) => merge ?? [])
  const retractings = given.flatMap(([name, { retracting }]) =>
    retracting === undefined ? [] : ([[name, retracting]] as const),
  )
  return {
    fingerprint: `{${parts.map(([name, { fingerprint }]) => `${name}=${fingerprint}`).join(' ')}}`,
    create: () => folds.map(fold => fold.create() as unknown),
    add: (accumulators, element, place) => {
      // Per element and fold: so without iterators, and with one array of what was read.
      for (let number = 0; number < folds.length; number++) reads[number] = halves[number]?.read(element)
      for (let number = 0; number < folds.length; number++) {
        const half = halves[number]
        accumulators[number] =
          half === undefined
            ? folds[number]?.add(accumulators[number], element, place)
            : half.take(accumulators[number], reads[number], place)
      }
      return accumulators
    },
    result: accumulators =>
      Object.fromEntries(
        given.map(([name, fold], at) => [name, fold.result(accumulators[places[at] ?? 0])] as const),
      ),
    ...(merges.length < folds.length
      ? {}
      : {
          merge: (into: unknown[], other: readonly unknown[]) => {
            for (const [number, merge] of merges.entries()) into[number] = merge(into[number], other[number])
            return into
          },
        }),
    condenses: folds.every(({ condenses }) => condenses),
    wire: wiresByNumber(folds.map(({ wire }) => wire)),
    // One may throw after others have taken the element in.
    mutates: folds.some(mayThrowLate),
    copy: before =>
      folds.map(
        (fold, number) => (mayThrowLate(fold) ? fold.copy?.(before[number]) : before[number]) as unknown,
      ),
    ...(retractings.length < folds.length
      ? {}
      : {
          retracting: () => combine(retractings.map(([name, retracting]) => [name, retracting()] as const)),
        }),
  }
}

/** Whether a throw may come after something has been changed. */
function mayThrowLate<In>({ copy, halves }: AnyFold<In, unknown>): boolean {
  return copy !== undefined && halves === undefined
}

function checkMerged<Acc>(merged: Acc, other: Acc): Acc {
  if (merged !== other || typeof merged !== 'object' || merged === null) return merged
  throw new StepError(
    'STEP_FAILED',
    'merge gave back its second accumulator, which still belongs to another window: change and return the first, or return a new one',
  )
}

/** What is misspelt, or no function, would be left out without a word. Objects of classes may have more. */
function checkAggregation(given: Readonly<Partial<Record<(typeof FUNCTIONS)[number], unknown>>>): void {
  if (Object.getPrototypeOf(given) === Object.prototype)
    checkOptions(given, [...FUNCTIONS, 'version'], 'aggregate')
  for (const name of FUNCTIONS)
    if (given[name] !== undefined) checkFunction(given[name], `aggregate: ${name}`)
}

/** Any object may be asked for fields that it may have. */
function isAggregation<In>(given: unknown): given is Aggregation<In, unknown, unknown> {
  const { init, add } = (given ?? {}) as Partial<Aggregation<In, unknown, unknown>>
  return typeof init === 'function' && typeof add === 'function'
}

/** As above. */
function isFold<In>(given: unknown): given is AnyFold<In, unknown> {
  const { create, wire } = (given ?? {}) as Partial<AnyFold<never, unknown>>
  return typeof create === 'function' && wire !== undefined
}
