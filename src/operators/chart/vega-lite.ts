/**
 * A line chart as a Vega-Lite 5 specification with its data in it, for notebooks and for whoever
 * wants to change more than we offer.
 */
import { type ChartOptions, checkChartOptions } from './chart-options.ts'
import { type ChartRow, seriesOf } from './series.ts'

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json'
const MIN_SIZE_PX = 10
const MAX_SIZE_PX = 20_000

/** One point in the data of a specification. `null` is a gap. */
export interface VegaLiteRow {
  readonly at: number
  readonly series: string
  readonly value: number | null
}

/** What `vegaLiteChart` makes: JSON, as the schema of Vega-Lite 5 wants it. */
export interface VegaLiteChart {
  readonly $schema: string
  readonly title?: string
  readonly width: number | 'container'
  readonly height: number
  readonly data: { readonly values: readonly VegaLiteRow[] }
  readonly mark: {
    readonly type: 'line'
    readonly point: boolean
    readonly tooltip: boolean
    readonly invalid: 'break-paths-show-path-domains'
  }
  readonly encoding: {
    readonly x: {
      readonly field: 'at'
      readonly type: 'temporal' | 'quantitative'
      readonly title: null
      readonly scale?: { readonly type: 'utc' }
    }
    readonly y: {
      readonly field: 'value'
      readonly type: 'quantitative'
      readonly title: null
      readonly scale: { readonly zero: false }
    }
    readonly color?: {
      readonly field: 'series'
      readonly type: 'nominal'
      readonly title: null
      readonly sort: readonly string[]
    }
  }
}

/** Few enough that a mark at every point is no clutter; one point has no line that could be seen. */
const MOST_MARKED_POINTS = 50

/**
 * The rows as a Vega-Lite 5 line chart. It is as wide as its container unless `width` says otherwise,
 * and shows local times: Vega-Lite knows no other zone but UTC, so that of `timeZone` only `UTC` has an
 * effect. Throws as `drawLineChart` does.
 */
export function vegaLiteChart(rows: Iterable<ChartRow>, options: ChartOptions = {}): VegaLiteChart {
  checkChartOptions(options, MIN_SIZE_PX, MAX_SIZE_PX)
  const series = seriesOf(rows)
  const values = series.flatMap(({ name, points }) =>
    points.map(({ at, value }) => ({ at, series: name, value: Number.isNaN(value) ? null : value })),
  )
  const isUtc = options.axis !== 'index' && options.timeZone === 'UTC'
  const isNamed = series.some(({ name }) => name !== '')
  return {
    $schema: SCHEMA,
    ...(options.title === undefined ? {} : { title: options.title }),
    width: options.width ?? 'container',
    height: options.height ?? 220,
    data: { values },
    mark: {
      type: 'line',
      point: series.every(({ points }) => points.length <= MOST_MARKED_POINTS),
      tooltip: true,
      invalid: 'break-paths-show-path-domains',
    },
    encoding: {
      x: {
        field: 'at',
        type: options.axis === 'index' ? 'quantitative' : 'temporal',
        title: null,
        ...(isUtc ? { scale: { type: 'utc' } as const } : {}),
      },
      y: { field: 'value', type: 'quantitative', title: null, scale: { zero: false } },
      ...(isNamed
        ? {
            color: {
              field: 'series',
              type: 'nominal',
              title: null,
              sort: series.map(({ name }) => name),
            },
          }
        : {}),
    },
  }
}
