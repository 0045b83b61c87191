/**
 * A line chart of braille characters for terminals: each character has two by four dots.
 */
import { GraphError } from '../../errors.ts'
import { plainText } from '../../graph/index.ts'
import { type Axis, indexAxis, shareOf, type Tick, valueAxis, valueText } from './axis.ts'
import { type ChartOptions, checkChartOptions } from './chart-options.ts'
import { type ChartRow, extentOf, latestOf, type Series, seriesOf, thinOut, valuesOf } from './series.ts'
import { timeAxis } from './time-axis.ts'

const DEFAULT_WIDTH = 78
const DEFAULT_HEIGHT = 14
const MIN_SIZE = 4
const MAX_SIZE = 1000
const MIN_PLOT_WIDTH = 4
const DOTS_ACROSS = 2
const DOTS_UP = 4
const ROWS_PER_TICK = 2
const COLUMNS_PER_TICK = 14
/** The bit of each dot of a braille character, by column and row. */
const DOT_BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
]
const BRAILLE = 0x2800
/** Blue, yellow, green, magenta, cyan, red: those that are seen on white and on black. */
const ANSI_COLOURS = [34, 33, 32, 35, 36, 31]

/** How a terminal chart looks; its size is in characters. */
export interface TerminalChartOptions extends ChartOptions {
  /** `ansi` draws each name in a colour; without (the default), several names are drawn one below the other. */
  readonly colours?: 'none' | 'ansi'
}

/**
 * Draws rows as lines of text: at most `width` characters (78) and about `height` lines (14), the
 * newest values above. Throws as `drawLineChart` does.
 */
export function drawTerminalChart(rows: Iterable<ChartRow>, options: TerminalChartOptions = {}): string {
  checkChartOptions(options, MIN_SIZE, MAX_SIZE, 'colours')
  const { width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT, colours = 'none' } = options
  if (colours !== 'none' && colours !== 'ansi') {
    throw new GraphError(
      'OPTION_INVALID',
      `chart: colours is ${JSON.stringify(colours)}; expected "none" or "ansi"`,
    )
  }
  const series = seriesOf(rows)
  const title = options.title === undefined ? [] : [plainText(options.title)]
  if (series.length === 0) return `${[...title, 'no data yet'].join('\n')}\n`
  const size = { width: Math.floor(width), height: Math.floor(height) }
  const lines =
    colours === 'ansi'
      ? drawPlot(series, options, size)
      : series.flatMap(each =>
          drawPlot([each], options, { ...size, height: Math.floor(size.height / series.length) }),
        )
  return `${[...title, ...lines].join('\n')}\n`
}

interface Size {
  readonly width: number
  readonly height: number
}

function drawPlot(series: readonly Series[], options: TerminalChartOptions, size: Size): readonly string[] {
  // the legend and the axis take two to three lines of it
  const rows = Math.max(2, size.height - 3)
  const up = valueAxis(valuesOf(series), Math.max(1, Math.floor(rows / ROWS_PER_TICK)))
  const margin = Math.max(...up.ticks.map(tick => tick.label.length))
  const columns = Math.max(MIN_PLOT_WIDTH, size.width - margin - 2)
  const across = acrossAxis(series, options, columns)
  const canvas = new Canvas(columns, rows)
  series.forEach((each, index) => {
    drawLine(canvas, thinOut(each, across, columns * DOTS_ACROSS), { across, up, index })
  })
  const labels = new Map(up.ticks.map(tick => [canvas.rowOf(shareOf(up, tick.at)), tick.label]))
  const isColoured = options.colours === 'ansi'
  const plot = canvas.rows(isColoured).map((text, row) => {
    const label = labels.get(row)
    return `${(label ?? '').padStart(margin)} ${label === undefined ? '│' : '┤'}${text}`.trimEnd()
  })
  return [legendOf(series, isColoured), ...plot, ...drawAcross(across, columns, margin)].filter(
    line => line !== '',
  )
}

function acrossAxis(series: readonly Series[], options: TerminalChartOptions, columns: number): Axis {
  const count = Math.max(1, Math.floor(columns / COLUMNS_PER_TICK))
  const extent = extentOf(series)
  return options.axis === 'index' ? indexAxis(extent, count) : timeAxis(extent, count, options.timeZone)
}

function legendOf(series: readonly Series[], isColoured: boolean): string {
  return series
    .map((each, index) => {
      const latest = latestOf(each)
      const text = `${plainText(each.name)} ${latest === undefined ? '–' : valueText(latest)}`.trim()
      return isColoured ? `${coloured('●', index)} ${text}` : text
    })
    .join('   ')
}

function drawLine(
  canvas: Canvas,
  series: Series,
  { across, up, index }: { readonly across: Axis; readonly up: Axis; readonly index: number },
): void {
  let before: readonly [x: number, y: number] | undefined
  for (const point of series.points) {
    if (Number.isNaN(point.value)) {
      before = undefined
      continue
    }
    const place = canvas.dotOf(shareOf(across, point.at), shareOf(up, point.value))
    canvas.line(before ?? place, place, index)
    before = place
  }
}

/** The axis, its labels, and the days below them: as many as have room. */
function drawAcross(axis: Axis, columns: number, margin: number): readonly string[] {
  const places = axis.ticks.map(tick => ({
    tick,
    column: Math.round(shareOf(axis, tick.at) * (columns - 1)),
  }))
  const line = Array.from({ length: columns }, () => '─')
  for (const { column } of places) line[column] = '┬'
  const text = (of: (tick: Tick) => string | undefined): string => {
    let row = ''
    for (const { tick, column } of places) {
      const label = of(tick)
      if (label === undefined) continue
      const begin = Math.max(0, Math.min(column - Math.floor(label.length / 2), columns - label.length))
      if (begin > 0 && begin <= row.length) continue
      if (begin < row.length) continue
      row = row.padEnd(begin) + label
    }
    return row === '' ? '' : `${' '.repeat(margin + 2)}${row}`
  }
  return [`${' '.repeat(margin)} └${line.join('')}`, text(tick => tick.label), text(tick => tick.note)]
}

/** A canvas of dots; a character has the colour of the last line that touched it. */
class Canvas {
  readonly #columns: number
  readonly #rows: number
  readonly #dots: Uint8Array
  readonly #colours: Uint8Array

  constructor(columns: number, rows: number) {
    this.#columns = columns
    this.#rows = rows
    this.#dots = new Uint8Array(columns * rows)
    this.#colours = new Uint8Array(columns * rows)
  }

  dotOf(across: number, up: number): readonly [x: number, y: number] {
    return [
      Math.round(across * (this.#columns * DOTS_ACROSS - 1)),
      Math.round((1 - up) * (this.#rows * DOTS_UP - 1)),
    ]
  }

  rowOf(up: number): number {
    return Math.floor(this.dotOf(0, up)[1] / DOTS_UP)
  }

  /** A line of dots without holes (Bresenham). */
  line(from: readonly [number, number], to: readonly [number, number], colour: number): void {
    const steps = Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]), 1)
    for (let step = 0; step <= steps; step++) {
      const share = step / steps
      this.#set(
        Math.round(from[0] + (to[0] - from[0]) * share),
        Math.round(from[1] + (to[1] - from[1]) * share),
        colour,
      )
    }
  }

  rows(isColoured: boolean): readonly string[] {
    return Array.from({ length: this.#rows }, (_, row) => {
      let text = ''
      let run = { text: '', colour: -1 }
      const endRun = (): void => {
        text += run.colour < 0 ? run.text : coloured(run.text, run.colour)
      }
      for (let column = 0; column < this.#columns; column++) {
        const cell = row * this.#columns + column
        const dots = this.#dots[cell] ?? 0
        const character = dots === 0 ? ' ' : String.fromCharCode(BRAILLE + dots)
        const colour = isColoured && dots !== 0 ? (this.#colours[cell] ?? 0) : -1
        if (colour !== run.colour) {
          endRun()
          run = { text: '', colour }
        }
        run.text += character
      }
      endRun()
      return text
    })
  }

  #set(x: number, y: number, colour: number): void {
    const cell = Math.floor(y / DOTS_UP) * this.#columns + Math.floor(x / DOTS_ACROSS)
    const bit = DOT_BITS[x % DOTS_ACROSS]?.[y % DOTS_UP] ?? 0
    this.#dots[cell] = (this.#dots[cell] ?? 0) | bit
    this.#colours[cell] = colour
  }
}

function coloured(text: string, index: number): string {
  return `\u001b[${ANSI_COLOURS[index % ANSI_COLOURS.length] ?? 39}m${text}\u001b[39m`
}
