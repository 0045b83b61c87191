/** What all charts can be asked for, and its checks: programs run without a type check. */
import { GraphError } from '../../errors.ts'
import { checkOptions } from '../check-options.ts'

/** How a chart looks. */
export interface ChartOptions {
  /** Above the chart. */
  readonly title?: string
  /** What `at` is: `time`, epoch milliseconds shown as clock times (the default), or `index`, any number. */
  readonly axis?: 'time' | 'index'
  /** The time zone of clock times, such as `UTC`; that of the machine by default. */
  readonly timeZone?: string
  /** The size of the whole in pixels, or in characters on a terminal. */
  readonly width?: number
  readonly height?: number
}

const KNOWN = ['title', 'axis', 'timeZone', 'width', 'height']

/** Throws `OPTION_INVALID` for what is unknown, or cannot be. */
export function checkChartOptions(
  options: ChartOptions,
  smallest: number,
  largest: number,
  ...more: readonly string[]
): void {
  checkOptions(options, [...KNOWN, ...more], 'chart')
  for (const name of ['width', 'height'] as const) {
    const size = options[name]
    if (size === undefined || (size >= smallest && size <= largest)) continue
    throw invalid(name, size, `a number from ${smallest} to ${largest}`)
  }
  if (options.axis !== undefined && options.axis !== 'time' && options.axis !== 'index')
    throw invalid('axis', options.axis, '"time" or "index"')
  if (options.title !== undefined && typeof options.title !== 'string')
    throw invalid('title', options.title, 'a text')
}

function invalid(name: string, found: unknown, expected: string): GraphError {
  return new GraphError(
    'OPTION_INVALID',
    `chart: ${name} is ${JSON.stringify(found)}; expected ${expected}, or leave it out`,
  )
}
