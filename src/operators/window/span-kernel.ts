/** Which kernel aggregates elements in aligned windows. */
import { GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import type { Fold } from '../folds/index.ts'
import { SharedKernel } from './shared-kernel.ts'
import type { Spans } from './spans.ts'
import { WindowKernel } from './window-kernel.ts'
import { WindowPartials } from './window-partials.ts'
import { isPlain, rulesFingerprint, rulesText, type WindowRules } from './windows.ts'

/**
 * The kernel factory for a fold over aligned windows. Where windows overlap and nothing asks for their
 * contents before they are over, slices are shared; else each window has an accumulator of its own.
 */
export function spanKernel<Acc>(
  spans: Spans,
  fold: Fold<unknown, Acc, unknown>,
  rules: WindowRules,
): KernelFactory {
  const { merge } = fold
  const isShared = spans.overlaps && merge !== undefined && rules.emission.kind === 'close'
  if (rules.late === 'event') {
    throw new GraphError(
      'OPTION_INVALID',
      `late: 'event' is for sessions: in ${spans.kind} windows it would only make more elements late`,
    )
  }
  const parts = { spans, fold, rules }
  const isSimple = isPlain(rules) && fold.condenses && Number.isFinite(spans.firstEnd(0))
  const partial =
    isSimple && merge !== undefined
      ? { partial: (guarded: boolean) => new WindowPartials(parts, isShared, guarded) }
      : {}
  return {
    fingerprint: `window ${spans.fingerprint}${isShared ? ' shared' : ''}${rulesFingerprint(rules)} ${fold.fingerprint}`,
    readsTime: 'watermark',
    latenessMs: rules.latenessMs,
    details: rulesText(rules),
    open: host => (isShared ? new SharedKernel(parts, host) : new WindowKernel(parts, host)),
    ...partial,
  }
}
