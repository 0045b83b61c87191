/** Windows as configuration, and how their results come out. */
import { describeValue, GraphError, unreachable } from '../../errors.ts'
import type { KernelFactory } from '../../graph/index.ts'
import type { Fold } from '../folds/index.ts'
import type { Spans } from './spans.ts'

/** When results of a window come. */
export type Emission =
  /** Once, when the watermark has passed its end. */
  | { readonly kind: 'close' }
  /** After each element; nothing is left to give when the window is over. */
  | { readonly kind: 'update' }
  /** Each so many milliseconds of event or processing time, too, where something has changed. */
  | { readonly kind: 'every'; readonly everyMs: number; readonly time: 'event' | 'processing' }
  /** After each `count` elements, and not when the window is over. */
  | { readonly kind: 'count'; readonly count: number; readonly purge: boolean }

/** Options of `window` with every default filled in. */
export interface WindowRules {
  /** For how long, after the watermark has passed its end, a window still takes elements. */
  readonly latenessMs: number
  readonly emission: Emission
  /** Whether results are the rows of a table: changes that say what a result replaces. */
  readonly retracts: boolean
  /** Whether an element is late when its windows have been passed, or as soon as its own time has been. */
  readonly late: 'window' | 'event'
}

/** Windows, as `window` takes them. */
export interface Windows {
  /** What pictures call them. */
  readonly kind: string
  /** How elements are aggregated in them. Throws `OPTION_INVALID` where they cannot be. */
  readonly kernel: <Acc>(fold: Fold<unknown, Acc, unknown>, rules: WindowRules) => KernelFactory
  /** Their borders, where those do not depend on elements. */
  readonly spans?: Spans
}

/** Throws `OPTION_INVALID` for what is no windows. */
export function checkWindows(windows: Partial<Windows>): void {
  if (typeof windows?.kernel === 'function') return
  throw new GraphError(
    'OPTION_INVALID',
    `window was given ${describeValue(windows)}; expected windows such as tumbling('5s') or session('30m')`,
  )
}

/** Whether a window gives a result when it is over. */
export function givesAtEnd({ emission }: WindowRules): boolean {
  return emission.kind === 'close' || emission.kind === 'every'
}

/** Whether each window gives one result, when it closes, and is gone. */
export function isPlain({ latenessMs, emission }: WindowRules): boolean {
  return latenessMs === 0 && emission.kind === 'close'
}

/** When results come, where that is not once and at the end; in a few words. */
export function rulesText({ latenessMs, emission }: WindowRules): string {
  const parts = latenessMs > 0 ? [`late elements for ${latenessMs} ms`] : []
  switch (emission.kind) {
    case 'close':
      break
    case 'update':
      parts.push('a result for each element')
      break
    case 'every':
      parts.push(`results each ${emission.everyMs} ms of ${emission.time} time`)
      break
    case 'count':
      parts.push(`a result each ${emission.count} elements`)
      break
    default:
      return unreachable(emission)
  }
  return parts.join(', ')
}

/** Changes whenever state under other rules would be read wrongly; how long windows wait for late elements may change. */
export function rulesFingerprint({ emission, retracts, late }: WindowRules): string {
  const parts = [
    emission.kind === 'count' ? 'counted' : '',
    retracts ? 'retracting' : '',
    late === 'event' ? 'strict' : '',
  ].filter(part => part !== '')
  return parts.length === 0 ? '' : ` ${parts.join(', ')}`
}
