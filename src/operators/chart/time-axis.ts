/**
 * An axis of times: ticks at round clock times of a time zone, the day below the first of each day.
 */
import { TimeZone } from '../../time/index.ts'
import { type Axis, indexAxis, type Tick, widen } from './axis.ts'
import type { Extent } from './series.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** The years 1 to 9999, the outermost days left out. */
const FIRST_MS = -62_135_510_400_000
const LAST_MS = 253_402_214_400_000
const SINGLE_TIME_PADDING_MS = 5000

const STEPS_MS: readonly number[] = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map(step => step * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map(step => step * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map(step => step * HOUR_MS),
  ...[1, 2, 7, 14, 28, 91, 182, 365].map(step => step * DAY_MS),
]

/**
 * An axis of exactly this extent in epoch milliseconds, with at most about `count` ticks. `timeZone`
 * is a name such as `Europe/Zurich`; undefined: that of the machine. Throws `OPTION_INVALID` for one
 * that does not exist. Times that no calendar has are shown as numbers.
 */
export function timeAxis(times: Extent, count: number, timeZone: string | undefined): Axis {
  const { min, max } = widen(times, SINGLE_TIME_PADDING_MS)
  const zone = new TimeZone(timeZone)
  if (min < FIRST_MS || max > LAST_MS) return indexAxis(times, count)
  const step = stepFor((max - min) / count)
  const offset = zone.localTime(min) - min
  const first = Math.ceil((min + offset) / step)
  const last = Math.floor((max + offset) / step)
  let day = ''
  const ticks = Array.from({ length: Math.max(0, last - first + 1) }, (_, index): Tick => {
    const at = (first + index) * step - offset
    const local = new Date(zone.localTime(at)).toISOString()
    const date = local.slice(0, 10)
    if (step >= DAY_MS) return { at, label: date }
    const label = local.slice(11, step >= MINUTE_MS ? 16 : step >= SECOND_MS ? 19 : 23)
    const isNewDay = date !== day
    day = date
    return isNewDay ? { at, label, note: date } : { at, label }
  })
  return { min, max, ticks }
}

function stepFor(raw: number): number {
  const known = STEPS_MS.find(step => step >= raw)
  if (known !== undefined) return known
  const years = raw / (365 * DAY_MS)
  const power = 10 ** Math.floor(Math.log10(years))
  return 365 * DAY_MS * power * ([1, 2, 5].find(digit => digit * power >= years) ?? 10)
}
