/** A pattern as the kernel that searches for it. */
import type { KernelFactory } from '../../graph/index.ts'
import { automatonOf } from './automaton-builder.ts'
import { MatchKernel } from './match-kernel.ts'
import type { AnyPattern } from './pattern.ts'
import type { StageTypes } from './pattern-types.ts'
import { skipOf } from './skip.ts'
import { checkStages, fingerprintOfStages } from './stage.ts'

/** The kernel factory of a pattern. Throws `OPTION_INVALID` for what cannot be searched for. */
export function patternKernel(
  { stages, withinMs }: Pick<AnyPattern<never, StageTypes>, 'stages' | 'withinMs'>,
  skip: unknown,
): KernelFactory {
  checkStages(stages, withinMs)
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
