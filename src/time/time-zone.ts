/** What clocks show in a time zone. */
import { describeValue, GraphError } from '../errors.ts'

/** A time zone of the IANA database, or that of the machine. */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat

  /** `name` is such as `Europe/Zurich`; undefined: that of the machine. Throws `OPTION_INVALID` for one that does not exist. */
  constructor(name: string | undefined) {
    const fields = {
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    } as const
    try {
      this.#format = new Intl.DateTimeFormat(
        'en-US',
        name === undefined ? fields : { ...fields, timeZone: name },
      )
    } catch (cause) {
      throw new GraphError(
        'OPTION_INVALID',
        `there is no time zone ${describeValue(name)}; expected a name such as "UTC" or "Europe/Zurich"`,
        { cause },
      )
    }
  }

  /** What clocks show at an instant, as if it were UTC; both are epoch milliseconds. */
  localTime(instant: number): number {
    const parts = new Map(this.#format.formatToParts(instant).map(({ type, value }) => [type, value]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
    const year = parts.get('era')?.startsWith('B') === true ? 1 - part('year') : part('year')
    const day = new Date(0).setUTCFullYear(year, part('month') - 1, part('day'))
    const seconds = (part('hour') * 60 + part('minute')) * 60 + part('second')
    return day + seconds * 1000 + (((instant % 1000) + 1000) % 1000)
  }
}
