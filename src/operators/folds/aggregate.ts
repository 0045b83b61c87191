/** A user's own aggregation, and several folds at once. */
import { describeValue, GraphError, StepError } from '../../errors.ts'
import { plainWire } from '../../state/index.ts'
import type { AnyFold, Fold } from './fold.ts'

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
  /** Raise it when accumulators of an earlier version of the program must not be read any more. */
  version?: number
}

/** Folds by name, as `aggregate` takes them; `R` is an object of their results. */
export type FoldsByName<In, R> = { readonly [N in keyof R]: AnyFold<In, R[N]> }

/** What `aggregate` was given as one fold. Throws `OPTION_INVALID` for what is neither. */
export function foldOf<In>(
  given: Aggregation<In, unknown, unknown> | FoldsByName<In, Readonly<Record<string, unknown>>>,
): AnyFold<In, unknown> {
  if (isAggregation(given)) return aggregateFold(given)
  const parts = Object.entries(given ?? {})
  if (parts.length > 0 && parts.every(([, fold]) => isFold(fold))) return combine(parts)
  throw new GraphError(
    'OPTION_INVALID',
    `aggregate was given ${describeValue(given)}; expected { init, add, merge?, result? }, or aggregations by name such as { n: count(), total: sum(of) }`,
  )
}

/** A user's own aggregation as a fold. */
export function aggregateFold<In, Acc, Out>(aggregation: Aggregation<In, Acc, Out>): Fold<In, Acc, Out> {
  const { merge } = aggregation
  return {
    fingerprint: `aggregate:${aggregation.version ?? 1}`,
    create: () => aggregation.init(),
    add: (accumulator, element) => aggregation.add(accumulator, element),
    result: accumulator =>
      aggregation.result === undefined ? (accumulator as unknown as Out) : aggregation.result(accumulator),
    ...(merge === undefined
      ? {}
      : { merge: (into: Acc, other: Acc) => checkMerged(merge.call(aggregation, into, other), other) }),
    condenses: true,
    wire: plainWire(),
    mutates: true,
    copy: before => structuredClone(before),
  }
}

/**
 * Several folds at once, each with its own accumulator. Those that may throw come first, so that of the
 * others, which may hold many elements, nothing has to be copied.
 */
function combine<In>(
  given: readonly (readonly [string, AnyFold<In, unknown>])[],
): Fold<In, unknown[], unknown> {
  const parts = [...given.filter(([, fold]) => fold.copy), ...given.filter(([, fold]) => !fold.copy)]
  const folds = parts.map(([, fold]) => fold)
  const merges = folds.flatMap(({ merge }) => merge ?? [])
  return {
    fingerprint: `{${parts.map(([name, { fingerprint }]) => `${name}=${fingerprint}`).join(' ')}}`,
    create: () => folds.map(fold => fold.create() as unknown),
    add: (accumulators, element, place) => {
      for (const [number, fold] of folds.entries()) {
        accumulators[number] = fold.add(accumulators[number], element, place)
      }
      return accumulators
    },
    result: accumulators =>
      Object.fromEntries(
        given.map(part => [part[0], part[1].result(accumulators[parts.indexOf(part)])] as const),
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
    wire: {
      encode: accumulators => folds.map(({ wire }, number) => wire.encode(accumulators[number])),
      decode: state =>
        folds.map(({ wire }, number) => wire.decode((state as readonly unknown[])[number]) as unknown),
    },
    // One may throw after others have taken the element in.
    mutates: folds.some(({ copy }) => copy !== undefined),
    copy: before =>
      folds.map(
        ({ copy }, number) => (copy === undefined ? before[number] : copy(before[number])) as unknown,
      ),
  }
}

function checkMerged<Acc>(merged: Acc, other: Acc): Acc {
  if (merged !== other || typeof merged !== 'object' || merged === null) return merged
  throw new StepError(
    'STEP_FAILED',
    'merge gave back its second accumulator, which still belongs to another window: change and return the first, or return a new one',
  )
}

function isAggregation<In>(given: unknown): given is Aggregation<In, unknown, unknown> {
  const { init, add } = (given ?? {}) as Partial<Aggregation<In, unknown, unknown>>
  return typeof init === 'function' && typeof add === 'function'
}

function isFold(given: unknown): boolean {
  const { create, wire } = (given ?? {}) as Partial<AnyFold<never, unknown>>
  return typeof create === 'function' && wire !== undefined
}
