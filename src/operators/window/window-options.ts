/** How results of windows come out, as a program says it. */
import { describeValue, GraphError, wholeNumber } from '../../errors.ts'
import { type Duration, durationMs, positiveDurationMs } from '../../time/index.ts'
import { checkFlag, checkOptions } from '../check-options.ts'
import type { Emission, WindowRules } from './windows.ts'

/** When results of a window come; see `WindowOptions.emit`. */
export type WindowEmit =
  | 'close'
  | 'update'
  | { readonly every: Duration; readonly time?: 'event' | 'processing' }
  | { readonly count: number; readonly purge?: boolean }

/** Options of `window`. */
export interface WindowOptions {
  /**
   * For how long, in event time, a window still takes late elements after the watermark has passed its
   * end; each of them makes it give its result again. The default is 0.
   */
  readonly lateness?: Duration
  /**
   * When results come:
   *
   * - `'close'`, the default: once, when the watermark has passed the end of the window
   * - `'update'`: after each element
   * - `{ every: '10s' }`: each 10 s of event time where the window has changed, and when it is over;
   *   `{ every: '10s', time: 'processing' }`: by the clock
   * - `{ count: 100 }`: after each 100 elements, and not when the window is over; with `purge: true` the
   *   window is empty again after that
   */
  readonly emit?: WindowEmit
  /**
   * Of sessions: an element is late when the session that it would make has been passed (`'window'`, the
   * default), or as soon as its own time has been passed (`'event'`).
   */
  readonly late?: 'window' | 'event'
}

/** Whether results are the rows of a table. */
export interface RetractOption<R extends boolean = boolean> {
  /**
   * Whether results are the rows of a `Table`: then what is made of them takes back what a later result replaces.
   * The default is false.
   */
  readonly retract: R
}

/** Fills in the defaults. Throws `OPTION_INVALID`. */
export function windowRules(options: WindowOptions & Partial<RetractOption>): WindowRules {
  checkOptions(options, ['lateness', 'emit', 'retract', 'late'], 'window')
  const { lateness = 0, emit = 'close', retract = false, late = 'window' } = options
  if (late !== 'window' && late !== 'event') {
    throw new GraphError(
      'OPTION_INVALID',
      `window: late is ${describeValue(late)}; expected "window" or "event"`,
    )
  }
  checkFlag(retract, 'window: retract')
  return {
    latenessMs: durationMs(lateness, 'window: lateness'),
    emission: emissionOf(emit),
    retracts: retract,
    late,
  }
}

function emissionOf(emit: WindowEmit): Emission {
  if (emit === 'close' || emit === 'update') return { kind: emit }
  if (typeof emit === 'object' && emit !== null && 'every' in emit) {
    checkOptions(emit, ['every', 'time'], 'window: emit')
    const { every, time = 'event' } = emit
    if (time === 'event' || time === 'processing') {
      return { kind: 'every', everyMs: positiveDurationMs(every, 'window: emit: every'), time }
    }
  } else if (typeof emit === 'object' && emit !== null && 'count' in emit) {
    checkOptions(emit, ['count', 'purge'], 'window: emit')
    const { count, purge = false } = emit
    checkFlag(purge, 'window: emit: purge')
    return { kind: 'count', count: wholeNumber(count, 'window: emit: count'), purge }
  }
  throw new GraphError(
    'OPTION_INVALID',
    `window: emit is ${describeValue(emit)}; expected "close", "update", { every, time: "event" or "processing" } or { count, purge }`,
  )
}
