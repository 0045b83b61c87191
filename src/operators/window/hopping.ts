/** Hopping windows, which overlap. */
import { type Duration, positiveDurationMs } from '../../time/index.ts'
import { spanKernel } from './span-kernel.ts'
import { borderBefore, type Spans } from './spans.ts'
import { checkCount, checkOffset, type TumblingOptions } from './tumbling.ts'
import type { Windows } from './windows.ts'

/**
 * Windows of one size, one of which begins each `advance`: with `hopping('1m', '10s')` each element is in
 * six. What overlapping windows have in common is aggregated once where the aggregation can be merged,
 * so an element costs what it costs in tumbling windows. With an advance longer than the size there are
 * gaps, and an element in one is in no window.
 *
 * ```ts
 * readings.keyBy('sensor').window(hopping('1m', '10s')).mean(r => r.value)
 * ```
 */
export function hopping(size: Duration, advance: Duration, options: TumblingOptions = {}): Windows {
  const spans = hoppingSpans(size, advance, options)
  return { kind: spans.kind, spans, kernel: (fold, rules) => spanKernel(spans, fold, rules) }
}

/**
 * The arithmetic of hopping windows. Each advance is cut in two where windows end within it. Source of
 * the cut: Krishnamurthy, Wu and Franklin, On-the-fly sharing for streamed aggregation (2006).
 */
export function hoppingSpans(size: Duration, advance: Duration, options: TumblingOptions = {}): Spans {
  const sizeMs = positiveDurationMs(size, 'the size of hopping windows')
  const slideMs = positiveDurationMs(advance, 'the advance of hopping windows')
  const offsetMs = checkOffset(options, sizeMs, 'hopping windows')
  checkCount(sizeMs, slideMs, 'hopping')
  const endsAtMs = sizeMs % slideMs
  return {
    kind: 'hopping',
    fingerprint: `hopping(${sizeMs}/${slideMs}${offsetMs === 0 ? '' : `+${offsetMs}`})`,
    overlaps: slideMs < sizeMs,
    hasGaps: slideMs > sizeMs,
    sliceAt: time => {
      const start = borderBefore(time, slideMs, offsetMs)
      if (endsAtMs === 0) return { start, end: start + slideMs }
      const cut = start + endsAtMs
      return time < cut ? { start, end: cut } : { start: cut, end: start + slideMs }
    },
    firstEnd: start => borderBefore(start, slideMs, offsetMs + sizeMs) + slideMs,
    lastEnd: start => borderBefore(start, slideMs, offsetMs) + sizeMs,
    nextEnd: end => end + slideMs,
    startOf: end => end - sizeMs,
  }
}
