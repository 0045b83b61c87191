/** What is said of an as-of join, and its kernel. */
import { describeValue, GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { checkFunction } from '../check-options.ts'
import type { StepOptions } from '../scope.ts'
import { AsOfKernel } from './as-of-kernel.ts'
import { checkHow } from './how.ts'

/** Which rows an as-of join gives. */
export type AsOfHow = 'inner' | 'left'

/** Options of an as-of join. */
export interface AsOfJoinOptions<H extends AsOfHow = 'inner', R = never> extends StepOptions {
  /** Each left element goes with the newest right one, its version, that is not later than it. */
  readonly asOf: true
  /** `'inner'`, the default: elements without a version give nothing; `'left'`: they come out alone. */
  readonly how?: H
  /** A version that is older than this, in event time, does not count, and is let go. */
  readonly maxAge?: Duration
  /** Says of a right element that its key has no version from its time on. */
  readonly removed?: (row: R) => boolean
  /**
   * For how long, in event time, a removal is remembered, so that an older version which comes late does not count;
   * versions further behind their watermark do not count at all. The default is one day; it is for `removed`.
   */
  readonly remember?: Duration
}

const DEFAULT_REMEMBER = '1d'

/** The kernel factory of an as-of join. Throws `OPTION_INVALID`. */
export function asOfKernel({
  asOf,
  how = 'inner',
  maxAge,
  removed,
  remember = DEFAULT_REMEMBER,
}: AsOfJoinOptions<AsOfHow>): KernelFactory {
  if (asOf !== true) {
    throw new GraphError('OPTION_INVALID', `join: asOf is ${describeValue(asOf)}; expected true`)
  }
  if (removed !== undefined) checkFunction(removed, 'join: removed')
  const rules = {
    how: checkHow(how, ['inner', 'left'] as const, 'join with asOf'),
    maxAgeMs: maxAge === undefined ? Number.POSITIVE_INFINITY : positiveDurationMs(maxAge, 'join: maxAge'),
    removed: removed as ((row: unknown) => unknown) | undefined,
    rememberMs: positiveDurationMs(remember, 'join: remember'),
  }
  return {
    fingerprint: 'join asOf',
    readsTime: 'watermark',
    details: maxAge === undefined ? rules.how : `${rules.how}, versions up to ${rules.maxAgeMs} ms old`,
    open: host => new AsOfKernel(rules, host),
  }
}
