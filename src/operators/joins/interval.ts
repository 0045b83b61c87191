/** What is said of an interval join, and its kernel. */
import { describeValue, GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type Duration, durationMs } from '../../time/index.ts'
import { checkOptions } from '../check-options.ts'
import type { StepOptions } from '../scope.ts'
import { checkHow, HOWS, type JoinHow } from './how.ts'
import { type Interval, IntervalKernel } from './interval-kernel.ts'

/** How far, in event time, the right element of a pair may be from the left one; bounds included. */
export interface JoinInterval {
  /** How far before the left element; negative, such as `'-5s'`: it must come so much after it. The default is 0. */
  readonly before?: Duration
  /** How far after it; negative: it must come so much before it. The default is 0. */
  readonly after?: Duration
}

/** Options of an interval join. */
export interface IntervalJoinOptions<H extends JoinHow = 'inner'> extends StepOptions {
  /** How far apart the two elements of a pair may be: `{ before, after }`, or one duration for both. */
  readonly within: Duration | JoinInterval
  /** Which rows come out; the default is `'inner'`. */
  readonly how?: H
  /**
   * For how long, in event time, elements that are late are still joined; the default is 0. A row that stood alone
   * when its time was over stays given, also where a late partner comes.
   */
  readonly lateness?: Duration
}

/** The kernel factory of an interval join. Throws `OPTION_INVALID`. */
export function intervalKernel({
  within,
  how = 'inner',
  lateness = 0,
}: IntervalJoinOptions<JoinHow>): KernelFactory {
  const latenessMs = durationMs(lateness, 'join: lateness')
  const rules = { interval: intervalOf(within), how: checkHow(how, HOWS, 'join'), latenessMs }
  const { beforeMs, afterMs } = rules.interval
  return {
    fingerprint: `join within(${-beforeMs},${afterMs}) ${rules.how}`,
    readsTime: 'watermark',
    ...(latenessMs === 0 ? {} : { latenessMs }),
    details: `${rules.how}, from ${-beforeMs} to ${afterMs} ms`,
    open: host => new IntervalKernel(rules, host),
  }
}

function intervalOf(within: unknown): Interval {
  if (typeof within !== 'object' || within === null) {
    const ms = durationMs(within as Duration, 'join: within')
    return { beforeMs: ms, afterMs: ms }
  }
  checkOptions(within, ['before', 'after'], 'join: within')
  // Only these two names are left, and what they hold is checked next.
  const { before = 0, after = 0 } = within as JoinInterval
  const interval = {
    beforeMs: signedMs(before, 'join: within: before'),
    afterMs: signedMs(after, 'join: within: after'),
  }
  if (interval.beforeMs + interval.afterMs >= 0) return interval
  throw new GraphError(
    'OPTION_INVALID',
    `join: within is { before: ${describeValue(before)}, after: ${describeValue(after)} }: it would begin at ${-interval.beforeMs} ms and end before that, at ${interval.afterMs} ms; before + after must not be negative`,
  )
}

/** A duration that may be negative. */
function signedMs(given: Duration, what: string): number {
  if (typeof given === 'number' && given < 0) return -durationMs(-given, what)
  if (typeof given === 'string' && given.trim().startsWith('-')) {
    return -durationMs(given.trim().slice(1), what)
  }
  return durationMs(given, what)
}
