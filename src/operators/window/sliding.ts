/** Sliding windows: around each element. */
import { GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type Duration, durationMs } from '../../time/index.ts'
import { checkOptions } from '../check-options.ts'
import type { Fold } from '../folds/index.ts'
import { mustMerge } from './session.ts'
import { SlidingKernel } from './sliding-kernel.ts'
import { isPlain, type WindowRules, type Windows } from './windows.ts'

/** Options of `sliding`. */
export interface SlidingOptions {
  /** How far the window of an element reaches back. */
  readonly before: Duration
  /** How far it reaches ahead, which is how long its result takes; the default is 0. */
  readonly after?: Duration
}

/**
 * A window around each element: all elements of its key from `before` earlier up to `after` later, both
 * included. There is one result for each time at which something happened, once the watermark has passed
 * the window. An element is late as soon as its own time has been passed. Source: SQL's
 * `OVER (… RANGE BETWEEN … PRECEDING AND … FOLLOWING)`.
 *
 * ```ts
 * payments.keyBy('card').window(sliding({ before: '10m' })).count()
 * ```
 */
export function sliding(options: SlidingOptions): Windows {
  checkOptions(options, ['before', 'after'], 'sliding')
  const { before, after = 0 } = options
  const beforeMs = durationMs(before, 'sliding: before')
  const afterMs = durationMs(after, 'sliding: after')
  return { kind: 'sliding', kernel: (fold, rules) => slidingKernel({ beforeMs, afterMs }, fold, rules) }
}

/** How far windows reach, milliseconds. */
export interface Reach {
  readonly beforeMs: number
  readonly afterMs: number
}

function slidingKernel<Acc>(
  reach: Reach,
  fold: Fold<unknown, Acc, unknown>,
  rules: WindowRules,
): KernelFactory {
  mustMerge(fold, 'sliding windows share elements')
  if (!isPlain(rules)) {
    throw new GraphError(
      'OPTION_INVALID',
      'sliding windows give each result once, when it is complete: lateness and emit are for other windows',
    )
  }
  return {
    fingerprint: `window sliding(${reach.beforeMs}, ${reach.afterMs}) ${fold.fingerprint}`,
    readsTime: 'watermark',
    latenessMs: 0,
    open: host => new SlidingKernel({ reach, fold, rules }, host),
  }
}
