import type { KernelFactory } from '../graph/index.ts'
import { checkOptions } from './check-options.ts'
import type { FoldedParts } from './folded-stream.ts'
import { NATURES } from './natures.ts'
import { automatonOf } from './patterns/automaton-builder.ts'
import { LATE_OUTPUT, MatchKernel, TIMED_OUT_OUTPUT } from './patterns/match-kernel.ts'
import { type AnyPattern, checkPattern } from './patterns/pattern.ts'
import type { Match, PartialMatch, StageTypes } from './patterns/pattern-types.ts'
import { type SkipStrategy, skipOf } from './patterns/skip.ts'
import { fingerprintOfStages } from './patterns/stage.ts'
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
  const factory = factoryOf(checkPattern(given), options.skip)
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

function factoryOf(
  { stages, withinMs }: Pick<AnyPattern<never, StageTypes>, 'stages' | 'withinMs'>,
  skip: unknown,
): KernelFactory {
  const automaton = automatonOf(stages, withinMs !== undefined)
  const parts = {
    automaton,
    withinMs: withinMs ?? Number.POSITIVE_INFINITY,
    skip: skipOf(skip, automaton.names),
  }
  return {
    // The time and what is skipped may change: the partial matches are the same.
    fingerprint: `match ${fingerprintOfStages(stages)}`,
    details: `${parts.skip.kind}${withinMs === undefined ? '' : ` within ${withinMs} ms`}`,
    readsTime: 'watermark',
    open: host => new MatchKernel(parts, host),
  }
}
