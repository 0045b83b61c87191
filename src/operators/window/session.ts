/** Session windows. */
import { GraphError } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import type { Fold } from '../folds/index.ts'
import { SessionKernel } from './session-kernel.ts'
import { rulesFingerprint, rulesText, type WindowRules, type Windows } from './windows.ts'

/**
 * Sessions: elements of a key that follow one another within `gap`. A session begins with its first
 * element and ends `gap` after its last; two that an element out of order connects become one.
 *
 * ```ts
 * clicks.keyBy('visitor').window(session('30m')).count()
 * ```
 */
export function session(gap: Duration): Windows {
  const gapMs = positiveDurationMs(gap, 'the gap of sessions')
  return { kind: 'session', kernel: (fold, rules) => sessionKernel(gapMs, fold, rules) }
}

function sessionKernel<Acc>(
  gapMs: number,
  fold: Fold<unknown, Acc, unknown>,
  rules: WindowRules,
): KernelFactory {
  mustMerge(fold, 'sessions merge')
  return {
    fingerprint: `window session(${gapMs})${rulesFingerprint(rules)} ${fold.fingerprint}`,
    readsTime: 'watermark',
    latenessMs: rules.latenessMs,
    details: rulesText(rules),
    open: host => new SessionKernel({ gapMs, fold, rules }, host),
  }
}

/** Throws `OPTION_INVALID` where a fold cannot be merged. */
export function mustMerge<Acc>(fold: Fold<unknown, Acc, unknown>, why: string): void {
  if (fold.merge !== undefined) return
  throw new GraphError(
    'OPTION_INVALID',
    `${why}, so aggregate needs to know how: add merge(into, other) to { init, add, result }`,
  )
}
