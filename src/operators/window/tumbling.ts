/** Tumbling windows. */
import { GraphError } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'
import { spanKernel } from './span-kernel.ts'
import { borderBefore, type Spans } from './spans.ts'
import type { Windows } from './windows.ts'

/** Options of `tumbling`. */
export interface TumblingOptions {
  /** Moves all windows, for days that begin at another hour; less than the size. */
  readonly offset?: Duration
}

/**
 * Windows that follow one another without gap or overlap: each element is in exactly one.
 *
 * ```ts
 * readings.keyBy('sensor').window(tumbling('5s')).sum(r => r.value)
 * ```
 */
export function tumbling(size: Duration, options: TumblingOptions = {}): Windows {
  const spans = tumblingSpans(size, options)
  return { kind: spans.kind, spans, kernel: (fold, rules) => spanKernel(spans, fold, rules) }
}

/** The arithmetic of tumbling windows. */
export function tumblingSpans(size: Duration, options: TumblingOptions = {}): Spans {
  const sizeMs = positiveDurationMs(size, 'the size of tumbling windows')
  const offsetMs = checkOffset(options.offset, sizeMs, 'tumbling windows')
  return {
    kind: 'tumbling',
    fingerprint: `tumbling(${sizeMs}${offsetMs === 0 ? '' : `+${offsetMs}`})`,
    overlaps: false,
    sliceAt: time => {
      const start = borderBefore(time, sizeMs, offsetMs)
      return { start, end: start + sizeMs }
    },
    firstEnd: start => start + sizeMs,
    lastEnd: start => start + sizeMs,
    nextEnd: end => end + sizeMs,
    startOf: end => end - sizeMs,
  }
}

/** An offset in milliseconds, less than the size. */
export function checkOffset(offset: Duration | undefined, sizeMs: number, what: string): number {
  const offsetMs = durationMs(offset ?? 0, `the offset of ${what}`)
  if (offsetMs < sizeMs) return offsetMs
  throw new GraphError(
    'OPTION_INVALID',
    `the offset of ${what} is ${offsetMs} ms; it must be less than their size, ${sizeMs} ms`,
  )
}
