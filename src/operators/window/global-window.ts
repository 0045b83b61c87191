/** The window that never ends. */
import { spanKernel } from './span-kernel.ts'
import type { Spans } from './spans.ts'
import type { Windows } from './windows.ts'

const ALL_TIME = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY }

const SPANS: Spans = {
  kind: 'global',
  fingerprint: 'global',
  overlaps: false,
  sliceAt: () => ALL_TIME,
  firstEnd: () => ALL_TIME.end,
  lastEnd: () => ALL_TIME.end,
  nextEnd: () => ALL_TIME.end,
  startOf: () => ALL_TIME.start,
}

/**
 * One window per key for all time. Its results come by `emit`: after so many elements, or each so often;
 * and once more when the input is drained. Nothing is ever late in it. Its window is −∞ to +∞.
 */
export function globalWindow(): Windows {
  return { kind: SPANS.kind, kernel: (fold, rules) => spanKernel(SPANS, fold, rules) }
}
