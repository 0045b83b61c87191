/** Cumulating windows: the same beginning, ever later ends. */
import { GraphError } from '../../errors.ts'
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { spanKernel } from './span-kernel.ts'
import { borderBefore, type Spans } from './spans.ts'
import { checkCount, checkOffset, type TumblingOptions } from './tumbling.ts'
import type { Windows } from './windows.ts'

/**
 * Windows that grow by `step` until they are `size` long, and then begin anew: `cumulate('1h', '1d')` gives
 * each hour what the day has brought so far. The size is a multiple of the step. What windows have in
 * common is aggregated once where the aggregation can be merged. Source: Flink SQL's CUMULATE.
 */
export function cumulate(step: Duration, size: Duration, options: TumblingOptions = {}): Windows {
  const spans = cumulateSpans(step, size, options)
  return { kind: spans.kind, spans, kernel: (fold, rules) => spanKernel(spans, fold, rules) }
}

/** The arithmetic of cumulating windows. */
export function cumulateSpans(step: Duration, size: Duration, options: TumblingOptions = {}): Spans {
  const stepMs = positiveDurationMs(step, 'the step of cumulating windows')
  const sizeMs = positiveDurationMs(size, 'the size of cumulating windows')
  const offsetMs = checkOffset(options, sizeMs, 'cumulating windows')
  if (sizeMs % stepMs !== 0) {
    throw new GraphError(
      'OPTION_INVALID',
      `the size of cumulating windows is ${sizeMs} ms; it must be a multiple of their step, ${stepMs} ms`,
    )
  }
  checkCount(sizeMs, stepMs, 'cumulating')
  return {
    kind: 'cumulate',
    fingerprint: `cumulate(${stepMs}/${sizeMs}${offsetMs === 0 ? '' : `+${offsetMs}`})`,
    overlaps: stepMs < sizeMs,
    sliceAt: time => {
      const start = borderBefore(time, stepMs, offsetMs)
      return { start, end: start + stepMs }
    },
    firstEnd: start => start + stepMs,
    lastEnd: start => borderBefore(start, sizeMs, offsetMs) + sizeMs,
    nextEnd: end => end + stepMs,
    startOf: end => borderBefore(end - 1, sizeMs, offsetMs),
  }
}
