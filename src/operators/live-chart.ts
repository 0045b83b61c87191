/**
 * A chart of the newest elements of a live stream.
 *
 * Invariant: it holds nobody back and fails nothing: an element that cannot be drawn is told of by
 * whoever draws the chart.
 */
import { messageOf } from '../errors.ts'
import { BaseStream } from './base-stream.ts'
import { Backlog } from './chart/backlog.ts'
import { type ChartOptions, checkChartOptions } from './chart/chart-options.ts'
import { drawLineChart } from './chart/line-chart.ts'
import { type ChartRow, latestOf, type Series, seriesOf } from './chart/series.ts'
import { sparkline } from './chart/sparkline.ts'
import { drawTerminalChart, type TerminalChartOptions } from './chart/terminal-chart.ts'
import { type VegaLiteChart, vegaLiteChart } from './chart/vega-lite.ts'
import { showAs } from './display.ts'
import { livePort } from './scope.ts'

const DEFAULT_LAST = 200
/** Any size will do for the check of what all drawings share. */
const ANY_SIZE_PX = 1

/** What can stand on a chart at one place: a number, `null` for a gap, or one for each name. */
type Charted<V> = V extends number | null
  ? V
  : V extends object
    ? { readonly [Name in keyof V]: number | null }
    : never

/** Elements that can be charted: numbers, an object of numbers, or `{ time, value }` with one of these. */
export type Chartable<T> = T extends { readonly time: number | Date; readonly value: infer V }
  ? { readonly time: number | Date; readonly value: Charted<V> }
  : Charted<T>

/** Options of `chart`. */
export interface LiveChartOptions extends Pick<ChartOptions, 'title' | 'axis' | 'timeZone'> {
  /** How many elements are shown, the newest ones; 200. Memory is bounded by it. */
  readonly last?: number
}

/** The size of a drawing in pixels. */
type DrawingSize = Pick<ChartOptions, 'width' | 'height'>

/**
 * Charts a live stream: numbers, objects of numbers (a line for each name), or either with the time at which
 * it stands: `{ time, value }`, as `withMeta()` gives them. Elements without a time stand side by side.
 *
 * The chart begins empty, keeps the last 200 elements (`last`), holds nobody back, and starts no source. It
 * draws itself when asked: `svg()`, `vegaLite()`, `terminal()`; in notebooks and in Node's REPL by itself.
 * Throws `OPTION_INVALID` for options that cannot be; what an element cannot be is thrown by the drawings.
 *
 * ```ts run
 * import { chart, Stream } from 'sluice'
 *
 * const celsius = new Stream<number>({ name: 'attic' })
 * using attic = chart(celsius)
 * for (const degrees of [18, 19, 22, 21, 18, 17]) celsius.emit(degrees)
 * console.log(attic)
 * ```
 *
 * ```text output
 * Chart(attic) ▂▄█▇▂▁ 17
 * ```
 */
export function chart<T>(stream: BaseStream<T & Chartable<T>>, options: LiveChartOptions = {}): LiveChart {
  return new LiveChart(stream, options)
}

/** A chart that follows a live stream until it is closed; what it has is kept. */
export class LiveChart {
  readonly #options: ChartOptions
  readonly #name: string
  readonly #rows: Backlog<ChartRow>
  readonly #detach: () => void
  #count = 0
  #hasTimes = false

  constructor(stream: BaseStream<unknown>, { last = DEFAULT_LAST, ...options }: LiveChartOptions) {
    checkChartOptions(options, ANY_SIZE_PX, ANY_SIZE_PX, 'last')
    const port = BaseStream.portOf(stream)
    const live = livePort(port, 'chart', 'chart the topic that it writes')
    this.#options = options
    this.#name = options.title ?? port.step ?? ''
    this.#rows = new Backlog(last)
    this.#detach = live.tap({
      push: value => this.#add(value),
      end: () => {
        // What was charted stays.
      },
    })
    showAs<LiveChart>(
      this,
      () => `Chart(${this.#name}) ${this.#lines()}`,
      () => ({
        'image/svg+xml': this.svg(),
        'application/vnd.vegalite.v5+json': this.vegaLite(),
        'text/plain': this.terminal(),
      }),
    )
  }

  /** An SVG image, for pages and files. */
  svg(size: DrawingSize = {}): string {
    return drawLineChart(this.#rows, { ...this.#drawn(), ...size })
  }

  /** A Vega-Lite 5 specification with the data in it. */
  vegaLite(size: DrawingSize = {}): VegaLiteChart {
    return vegaLiteChart(this.#rows, { ...this.#drawn(), ...size })
  }

  /** Lines of text, for terminals; the size is in characters. */
  terminal(options: Pick<TerminalChartOptions, 'width' | 'height' | 'colours'> = {}): string {
    return drawTerminalChart(this.#rows, { ...this.#drawn(), ...options })
  }

  /** Lets the stream go. The drawings still show what came before. */
  close(): void {
    this.#detach()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** A line of blocks for each name, and its newest value. */
  #lines(): string {
    try {
      const series = seriesOf(this.#rows)
      return series.length === 0 ? 'no data yet' : series.map(lineOf).join(', ')
    } catch (thrown) {
      // Showing a value must not throw; the drawings do.
      return messageOf(thrown)
    }
  }

  #drawn(): ChartOptions {
    return { axis: this.#hasTimes ? 'time' : 'index', title: this.#name, ...this.#options }
  }

  #add(element: unknown): void {
    const at = this.#count++
    if (isTimed(element)) {
      this.#hasTimes ||= at === 0
      this.#rows.push({ at: Number(element.time), value: copyOf(element.value) })
    } else this.#rows.push({ at, value: copyOf(element) })
  }
}

function isTimed(element: unknown): element is { readonly time: unknown; readonly value: unknown } {
  return typeof element === 'object' && element !== null && 'time' in element && 'value' in element
}

/** The value as it is now; whoever draws it says what cannot be drawn. */
function copyOf(value: unknown): ChartRow['value'] {
  return (typeof value === 'object' && value !== null ? { ...value } : value) as ChartRow['value']
}

function lineOf(series: Series): string {
  const name = series.name === '' ? '' : `${series.name} `
  return `${name}${sparkline(series.points.map(({ value }) => value))} ${latestOf(series) ?? 'a gap'}`
}
