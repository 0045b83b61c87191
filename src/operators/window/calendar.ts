/** Windows of the calendar: days, weeks, months and years as people of a place have them. */
import { describeValue, GraphError } from '../../errors.ts'
import { TimeZone } from '../../time/index.ts'
import { checkOptions } from '../check-options.ts'
import { spanKernel } from './span-kernel.ts'
import type { Slice, Spans } from './spans.ts'
import type { Windows } from './windows.ts'

/** A stretch of the calendar. A week begins on Monday. */
export type CalendarUnit = 'day' | 'week' | 'month' | 'year'

/** Options of `calendar`. */
export interface CalendarOptions {
  /** A name of the IANA time zone database, such as `'Europe/Helsinki'`; the default is UTC. */
  readonly timeZone?: string
}

/**
 * Windows of the calendar: `calendar('day', { timeZone: 'Europe/Helsinki' })` goes from midnight to midnight
 * there, which is 23 hours in March and 25 in October. Each element is in exactly one window.
 */
export function calendar(unit: CalendarUnit, options: CalendarOptions = {}): Windows {
  const spans = calendarSpans(unit, options)
  return { kind: spans.kind, spans, kernel: (fold, rules) => spanKernel(spans, fold, rules) }
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MAX_REMEMBERED = 1000

/** The arithmetic of windows of the calendar. */
export function calendarSpans(unit: CalendarUnit, options: CalendarOptions = {}): Spans {
  checkOptions(options, ['timeZone'], 'calendar')
  const { timeZone = 'UTC' } = options
  const next = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined
  if (next === undefined) {
    throw new GraphError(
      'OPTION_INVALID',
      `calendar was given ${describeValue(unit)}; expected "day", "week", "month" or "year"`,
    )
  }
  const zone = new TimeZone(timeZone)
  const borders = new ZoneBorders(zone)
  const sliceAt = (time: number): Slice => {
    let [from, to] = next(zone.localTime(time))
    // Clocks that are set back over midnight show two days for a while: that is one of them.
    if (borders.instantOf(from) > time) [from, to] = next(from - 1)
    else if (borders.instantOf(to) <= time) [from, to] = next(to)
    return { start: borders.instantOf(from), end: borders.instantOf(to) }
  }
  return {
    kind: 'calendar',
    fingerprint: `calendar(${unit} ${timeZone})`,
    overlaps: false,
    sliceAt,
    firstEnd: start => sliceAt(start).end,
    lastEnd: start => sliceAt(start).end,
    nextEnd: end => sliceAt(end).end,
    startOf: end => sliceAt(end - 1).start,
  }
}

/** The borders around a local time, written as if it were UTC. */
type Borders = (local: number) => readonly [from: number, to: number]

function everyMs(stepMs: number, offsetMs: number = 0): Borders {
  return local => {
    const from = Math.floor((local - offsetMs) / stepMs) * stepMs + offsetMs
    return [from, from + stepMs]
  }
}

const UNITS: Readonly<Record<CalendarUnit, Borders>> = {
  day: everyMs(DAY_MS),
  // The epoch was a Thursday.
  week: everyMs(7 * DAY_MS, -3 * DAY_MS),
  month: local => {
    const date = new Date(local)
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
    return [firstOf(year, month), firstOf(year, month + 1)]
  },
  year: local => {
    const year = new Date(local).getUTCFullYear()
    return [firstOf(year, 0), firstOf(year + 1, 0)]
  },
}

/** Years below 100 are those. */
function firstOf(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1)
}

/** Where the borders of a time zone's calendar lie. */
class ZoneBorders {
  readonly #zone: TimeZone
  /** Borders that were looked for, by what clocks show then. */
  readonly #instants = new Map<number, number>()

  constructor(zone: TimeZone) {
    this.#zone = zone
  }

  /**
   * The first instant at which clocks show this time or a later one. Where they are set forward over it,
   * that is when they are set; where they show it twice, it is the first time.
   */
  instantOf(local: number): number {
    const known = this.#instants.get(local)
    if (known !== undefined) return known
    const found = this.#find(local)
    if (this.#instants.size >= MAX_REMEMBERED) this.#instants.clear()
    this.#instants.set(local, found)
    return found
  }

  #find(local: number): number {
    // Offsets are between −12 and +14 hours, and change at most once within so short a time.
    let from = local - 15 * HOUR_MS
    let to = local + 13 * HOUR_MS
    while (to - from > 1) {
      const middle = Math.floor((from + to) / 2)
      if (this.#zone.localTime(middle) >= local) to = middle
      else from = middle
    }
    return to
  }
}
