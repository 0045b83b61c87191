import { describeValue, GraphError } from '../errors.ts'
import type { KernelFactory } from '../graph/index.ts'
import { checkOptions } from './check-options.ts'
import type { FoldedParts } from './folded-stream.ts'
import { NATURES } from './natures.ts'
import { LATE_OUTPUT, TIMED_OUT_OUTPUT } from './patterns/outputs.ts'
import type { AnyPattern } from './patterns/pattern.ts'
import type { Match, PartialMatch, StageTypes } from './patterns/pattern-types.ts'
import type { SkipStrategy } from './patterns/skip.ts'
import { policyOf, type StepOptions } from './scope.ts'
import type { KeyedStream } from './stream.ts'

/** Options of `match`. */
export interface MatchOptions<N extends string = string> extends StepOptions {
  /** Where the search goes on after a match; the default is `'noSkip'`: each possible match is given. */
  readonly skip?: SkipStrategy<N>
}

/** The matches of a pattern, and what comes out beside them. */
export type MatchedStream<K, T, S extends StageTypes> = KeyedStream<K, Match<K, S>> & {
  /**
   * Partial matches whose time, that of `within`, is over: at the time of their first event + `within`, when
   * the watermark has come there.
   */
  readonly timedOut: KeyedStream<K, PartialMatch<K, S>>
  /** The events that came when the watermark of their own source partition had passed them, unchanged. */
  readonly late: KeyedStream<K, T>
}

/** Adds the step of a pattern. */
export function addMatch(
  { scope, port, keyed }: FoldedParts,
  given: unknown,
  options: MatchOptions,
): unknown {
  checkOptions(options, ['skip', 'id', 'onError'], 'match')
  // It says itself whether it is a pattern.
  const factory = kernelOf(given as Partial<AnyPattern<never, StageTypes>>, options.skip)
  const outputs = [TIMED_OUT_OUTPUT, LATE_OUTPUT]
  const sideOutputs = outputs.map(output => scope.builder.sideOutput(output, 'it is an output of match'))
  const main = scope.builder.add({
    kind: 'process',
    id: options.id,
    name: 'match',
    nature: NATURES.match,
    onError: policyOf(scope, 'match', options),
    inputs: [port],
    within: [],
    outputs,
    sideOutputs,
    logic: { kind: 'kernel', keyed: true, factory },
  })
  const streams = sideOutputs.map((side, number) => [outputs[number] ?? '', keyed(side)] as const)
  return Object.assign(keyed(main), Object.fromEntries(streams))
}

/** The kernel that a pattern brings with it: a page that matches nothing loads nothing of it. */
function kernelOf(given: Partial<AnyPattern<never, StageTypes>>, skip: unknown): KernelFactory {
  if (typeof given?.kernel === 'function') return given.kernel(skip)
  throw new GraphError(
    'OPTION_INVALID',
    `match was given ${describeValue(given)}; expected pattern<…>().begin(…)`,
  )
}
