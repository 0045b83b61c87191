/** Tumbling windows. */
import { GraphError } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'
import { checkOptions } from '../check-options.ts'
import { spanKernel } from './span-kernel.ts'
import { borderBefore, type Spans } from './spans.ts'
import type { Windows } from './windows.ts'

/** An element in as many windows takes a moment, in more it could take for ever. */
const MAX_WINDOWS = 1_000_000

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
  const offsetMs = checkOffset(options, sizeMs, 'tumbling windows')
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

/** The offset of windows in milliseconds, less than their size. */
export function checkOffset(options: TumblingOptions, sizeMs: number, what: string): number {
  checkOptions(options, ['offset'], what)
  const { offset } = options
  const offsetMs = durationMs(offset ?? 0, `the offset of ${what}`)
  if (offsetMs < sizeMs) return offsetMs
  throw new GraphError(
    'OPTION_INVALID',
    `the offset of ${what} is ${offsetMs} ms; it must be less than their size, ${sizeMs} ms`,
  )
}

/** Refuses windows of which an element would be in so many that it could take for ever. */
export function checkCount(sizeMs: number, stepMs: number, kind: string): void {
  const count = Math.ceil(sizeMs / stepMs)
  if (count <= MAX_WINDOWS) return
  throw new GraphError(
    'OPTION_INVALID',
    `${kind} windows of ${sizeMs} ms, one each ${stepMs} ms: each element would be in ${count}; expected ${MAX_WINDOWS} at most, so let them come less often`,
  )
}
