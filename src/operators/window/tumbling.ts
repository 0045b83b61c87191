/** Tumbling windows. */
import { GraphError } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'
import { windowKernel } from './window-kernel.ts'
import type { Windows } from './windows.ts'

/** Options of `tumbling`. */
export interface TumblingOptions {
  /** Moves all windows, for days that begin at another hour; less than the size. */
  readonly offset?: Duration
}

/**
 * Windows that follow one another without gap or overlap: each element is in exactly one.
 *
 * ```ts run
 * import { tumbling } from 'sluice'
 *
 * console.log(tumbling('5s').sizeMs)
 * ```
 *
 * ```text output
 * 5000
 * ```
 */
export function tumbling(size: Duration, options: TumblingOptions = {}): Windows {
  const sizeMs = positiveDurationMs(size, 'the size of tumbling windows')
  const offsetMs = durationMs(options.offset ?? 0, 'the offset of tumbling windows')
  if (offsetMs < sizeMs) {
    const spans = { kind: 'tumbling', sizeMs, slideMs: sizeMs, offsetMs } as const
    return { ...spans, kernel: fold => windowKernel(spans, fold) }
  }
  throw new GraphError(
    'OPTION_INVALID',
    `the offset of tumbling windows is ${offsetMs} ms; it must be less than their size, ${sizeMs} ms`,
  )
}
