/**
 * A line chart as SVG that needs no other tool, in a browser or a file.
 *
 * Invariant: its size does not depend on how many rows there are: more points than can be told apart
 * are thinned out so that the line looks the same.
 */

import { escapeXml } from '../../graph/index.ts'
import { type Axis, indexAxis, shareOf, type Tick, valueAxis, valueText } from './axis.ts'
import { type ChartOptions, checkChartOptions } from './chart-options.ts'
import {
  type ChartRow,
  extentOf,
  latestOf,
  type Series,
  type SeriesPoint,
  seriesOf,
  thinOut,
  valuesOf,
} from './series.ts'
import { timeAxis } from './time-axis.ts'

const DEFAULT_WIDTH_PX = 640
const DEFAULT_HEIGHT_PX = 280
const MIN_SIZE_PX = 80
const MAX_SIZE_PX = 20_000
const MARGIN = 12
const TEXT_PX = 11
const TITLE_PX = 13
/** Widths are estimated, for no font is at hand: this is wide enough for the usual ones. */
const CHARACTER_WIDTH = 0.62
const LEGEND_LINE_PX = 18
const LEGEND_MARK_PX = 14
const LEGEND_GAP_PX = 16
const TICK_EVERY_PX = 44
const MAX_LEGEND_NAME = 40

/** Told apart on white and on black, and by those who see fewer colours; the first ones most often. */
const COLOURS = ['#3b82f6', '#e8710a', '#1fa35c', '#d6409f', '#8257e6', '#0e9fb5', '#b98900', '#e5484d']
/** Lines beyond the number of colours are dashed. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3']
const STYLE = `text{font-family:ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif;font-size:${TEXT_PX}px;fill:#7d8590}
.title{font-size:${TITLE_PX}px;font-weight:600}.value{font-weight:600}.grid{stroke:#7d8590;stroke-opacity:.22}.axis{stroke:#7d8590;stroke-opacity:.7}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.area{fill-opacity:.1}`

interface Plot {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly across: Axis
  readonly up: Axis
}

interface LegendEntry {
  readonly x: number
  readonly line: number
  readonly name: string
  readonly value: string
}

/**
 * Draws rows as an SVG line chart: a line for each name, its newest value in the legend. Rows may come
 * in any order. Without any, the chart says so. Throws `StepError` for a row that is none, `GraphError`
 * with `OPTION_INVALID` for options that cannot be.
 *
 * ```ts
 * const rows = [20.1, 20.4, 19.8].map((temperature, at) => ({ at, value: { temperature } }))
 * const svg = drawLineChart(rows, { title: 'attic', axis: 'index' })
 * ```
 */
export function drawLineChart(rows: Iterable<ChartRow>, options: ChartOptions = {}): string {
  const { width = DEFAULT_WIDTH_PX, height = DEFAULT_HEIGHT_PX } = options
  checkChartOptions(options, MIN_SIZE_PX, MAX_SIZE_PX)
  const series = seriesOf(rows)
  const legend = placeLegend(series, options.title, width)
  const headPx = legend.lines === 0 ? MARGIN : MARGIN / 2 + legend.lines * LEGEND_LINE_PX + 6
  const plot = layOut(series, options, { width, height, headPx })
  const shown = series.map(each => thinOut(each, plot.across, plot.width))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(options.title ?? 'line chart')}</title>`,
    `<style>${STYLE}</style>`,
    ...(series.length === 0 ? [] : drawAxes(plot)),
    ...shown.flatMap((each, index) => drawSeries(each, plot, { index, isAlone: shown.length === 1 })),
    ...drawLegend(legend.entries, options.title),
    ...(series.length === 0 ? [drawText('no data yet', middleOf(plot), 'text-anchor="middle"')] : []),
    '</svg>',
    '',
  ].join('\n')
}

function layOut(
  series: readonly Series[],
  options: ChartOptions,
  size: { readonly width: number; readonly height: number; readonly headPx: number },
): Plot {
  const footPx = (options.axis === 'index' ? 1 : 2) * (TEXT_PX + 3) + MARGIN
  const height = Math.max(1, size.height - size.headPx - footPx)
  const up = valueAxis(valuesOf(series), Math.max(1, Math.round(height / TICK_EVERY_PX)))
  const left = MARGIN + Math.max(...up.ticks.map(tick => textWidth(tick.label))) + 6
  const width = Math.max(1, size.width - left - MARGIN - 6)
  const extent = extentOf(series)
  // labels of times are longer than most of those of places
  const labelPx = options.axis === 'index' ? 60 : 90
  const count = Math.max(1, Math.floor(width / labelPx))
  const across =
    options.axis === 'index' ? indexAxis(extent, count) : timeAxis(extent, count, options.timeZone)
  return { left, top: size.headPx, width, height, across, up }
}

function drawAxes(plot: Plot): readonly string[] {
  const { left, top, width, height } = plot
  const bottom = top + height
  const horizontal = plot.up.ticks.flatMap(tick => {
    const y = round(yOf(plot, tick.at))
    return [
      `<line class="grid" x1="${left}" x2="${round(left + width)}" y1="${y}" y2="${y}"/>`,
      drawText(tick.label, { x: left - 6, y: y + 4 }, 'text-anchor="end"'),
    ]
  })
  const base = `<line class="axis" x1="${left}" x2="${round(left + width)}" y1="${round(bottom)}" y2="${round(bottom)}"/>`
  const vertical = plot.across.ticks.flatMap(tick => {
    const x = round(xOf(plot, tick.at))
    return [
      `<line class="axis" x1="${x}" x2="${x}" y1="${round(bottom)}" y2="${round(bottom + 4)}"/>`,
      ...labelsOf(tick).map((label, line) => {
        const half = textWidth(label) / 2
        const inside = Math.min(Math.max(x, half + 2), left + width + MARGIN + 4 - half)
        const y = bottom + 6 + (line + 1) * (TEXT_PX + 2)
        return drawText(label, { x: inside, y }, 'text-anchor="middle"')
      }),
    ]
  })
  return [...horizontal, base, ...vertical]
}

function labelsOf(tick: Tick): readonly string[] {
  return tick.note === undefined ? [tick.label] : [tick.label, tick.note]
}

function drawSeries(
  series: Series,
  plot: Plot,
  { index, isAlone }: { readonly index: number; readonly isAlone: boolean },
): readonly string[] {
  const colour = colourOf(index)
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? ''
  const parts = withoutGaps(series.points)
  const dot = (point: SeriesPoint, radius: number): string =>
    `<circle cx="${round(xOf(plot, point.at))}" cy="${round(yOf(plot, point.value))}" r="${radius}" fill="${colour}"/>`
  const lines = parts.filter(part => part.length > 1).map(part => linePath(part, plot))
  const bottom = round(plot.top + plot.height)
  const areas = isAlone
    ? parts
        .filter(part => part.length > 1)
        .map(part => {
          const [first, last] = [round(xOf(plot, part[0]?.at ?? 0)), round(xOf(plot, part.at(-1)?.at ?? 0))]
          return `${linePath(part, plot)}L${last},${bottom}L${first},${bottom}Z`
        })
    : []
  const newest = series.points.findLast(point => !Number.isNaN(point.value))
  return [
    ...(areas.length === 0 ? [] : [`<path class="area" fill="${colour}" d="${areas.join('')}"/>`]),
    ...(lines.length === 0
      ? []
      : [
          `<path class="line" stroke="${colour}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`} d="${lines.join('')}"/>`,
        ]),
    ...parts.flatMap(part => (part.length === 1 && part[0] !== newest && part[0] ? [dot(part[0], 2)] : [])),
    ...(newest === undefined ? [] : [dot(newest, 3)]),
  ]
}

/** The stretches between gaps. */
function withoutGaps(points: readonly SeriesPoint[]): readonly (readonly SeriesPoint[])[] {
  const parts: SeriesPoint[][] = []
  let isInside = false
  for (const point of points) {
    if (Number.isNaN(point.value)) isInside = false
    else if (isInside) parts.at(-1)?.push(point)
    else {
      parts.push([point])
      isInside = true
    }
  }
  return parts
}

function linePath(part: readonly SeriesPoint[], plot: Plot): string {
  const places = part.map(point => `${round(xOf(plot, point.at))},${round(yOf(plot, point.value))}`)
  return `M${places.join('L')}`
}

function placeLegend(
  series: readonly Series[],
  title: string | undefined,
  width: number,
): { readonly lines: number; readonly entries: readonly LegendEntry[] } {
  let x = MARGIN + (title === undefined ? 0 : titleWidth(title) + LEGEND_GAP_PX)
  let line = 0
  const entries = series.map(each => {
    const latest = latestOf(each)
    const name = shorten(each.name)
    const value = latest === undefined ? '–' : valueText(latest)
    const used = LEGEND_MARK_PX + 4 + textWidth(`${name} ${value}`) + LEGEND_GAP_PX
    if (x > MARGIN && x + used - LEGEND_GAP_PX > width - MARGIN) {
      x = MARGIN
      line++
    }
    const entry = { x, line, name, value }
    x += used
    return entry
  })
  const lines = entries.length > 0 ? line + 1 : title === undefined ? 0 : 1
  return { lines, entries }
}

function drawLegend(entries: readonly LegendEntry[], title: string | undefined): readonly string[] {
  const baseline = (line: number): number => MARGIN / 2 + (line + 1) * LEGEND_LINE_PX - 4
  const head =
    title === undefined
      ? []
      : [`<text class="title" x="${MARGIN}" y="${baseline(0)}">${escapeXml(title)}</text>`]
  return [
    ...head,
    ...entries.flatMap(({ x, line, name, value }, index) => {
      const y = baseline(line)
      const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? ''
      const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`
      const end = x + LEGEND_MARK_PX
      const text = `${name === '' ? '' : `${escapeXml(name)} `}<tspan class="value">${escapeXml(value)}</tspan>`
      return [
        `<line class="line" stroke="${colourOf(index)}"${dashed} x1="${x}" x2="${end}" y1="${y - 4}" y2="${y - 4}"/>`,
        `<text x="${end + 4}" y="${y}">${text}</text>`,
      ]
    }),
  ]
}

function drawText(
  text: string,
  { x, y }: { readonly x: number; readonly y: number },
  attributes: string,
): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(text)}</text>`
}

function xOf(plot: Plot, at: number): number {
  return plot.left + shareOf(plot.across, at) * plot.width
}

function yOf(plot: Plot, value: number): number {
  return plot.top + (1 - shareOf(plot.up, value)) * plot.height
}

function middleOf(plot: Plot): { readonly x: number; readonly y: number } {
  return { x: plot.left + plot.width / 2, y: plot.top + plot.height / 2 }
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length] ?? '#7d8590'
}

function textWidth(text: string): number {
  return Math.ceil(text.length * TEXT_PX * CHARACTER_WIDTH)
}

function titleWidth(text: string): number {
  return Math.ceil(text.length * TITLE_PX * 0.66)
}

function shorten(text: string): string {
  return text.length > MAX_LEGEND_NAME ? `${text.slice(0, MAX_LEGEND_NAME - 1).toWellFormed()}…` : text
}

/** A tenth of a pixel is finer than what can be seen. */
function round(value: number): number {
  return Math.round(value * 10) / 10
}
