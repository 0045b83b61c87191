/** Draws the board: as a picture that is redrawn in place on a terminal, as plain lines elsewhere. */
import { styleText } from 'node:util'
import type { Board } from './board.ts'
import { BROKEN, SENSORS, SILENT, sensorName } from './plant.ts'

const SHOWN = [0, 1, 2, 3, 4, 6, 12, 24, 36, 49].map(sensorName)
const REMARKS: Readonly<Record<string, string>> = { [SILENT]: 'falls silent', [BROKEN]: 'sends rubbish' }
const NAME_WIDTH = 26
const WINDOW_WIDTH = 6

type Style = Parameters<typeof styleText>[0]
/** A piece of a line; widths are counted before it is coloured. */
type Piece = readonly [text: string, style?: Style]
type Line = readonly Piece[]

/** What the picture says about the run itself. */
export interface RunFacts {
  readonly broker: string
  readonly seconds: number
  readonly note: string
  readonly footer: string
}

/** The lines of the picture, not yet cut or coloured. */
function linesOf(board: Board, facts: RunFacts): readonly Line[] {
  const { progress } = board
  const behind = progress?.watermark == null ? undefined : (progress.time - progress.watermark) / 1000
  const late = (progress?.late ?? 0) + (progress?.finallyLate ?? 0)
  const watermark =
    progress?.watermark == null
      ? 'none yet'
      : `${timeText(progress.watermark)}, ${behind?.toFixed(1)} s behind`
  return [
    [['Sluice', 'bold'], [` · sensor-sums on ${facts.broker} · running for ${facts.seconds} s`]],
    [[facts.note, 'dim']],
    [],
    [
      ['readings', 'dim'],
      [count(progress?.records).padStart(9), 'bold'],
      [`${board.rate.toFixed(0)}/s`.padStart(7)],
      ['    lag  ', 'dim'],
      [count(board.lag).padEnd(8), board.lag > SENSORS ? 'yellow' : 'bold'],
      ['watermark    ', 'dim'],
      [watermark, 'bold'],
    ],
    [
      ['sums    ', 'dim'],
      [count((progress?.written ?? 0) - late).padStart(9), 'bold'],
      ['           late ', 'dim'],
      [count(late).padEnd(8), late > 0 ? 'yellow' : 'bold'],
      ['dead letters ', 'dim'],
      [count(progress?.deadLetters), progress?.deadLetters ? 'red' : 'bold'],
    ],
    [],
    ...windowLines(board),
    [],
    [
      ['dead letter ', 'dim'],
      [board.lastDeadLetter ?? 'none so far', 'dim'],
    ],
    [[facts.footer, 'dim']],
  ]
}

function windowLines(board: Board): readonly Line[] {
  const { starts } = board
  const cells = (of: (sums: ReadonlyMap<string, number>) => string): string =>
    starts.map(start => of(board.windows.get(start) ?? new Map()).padStart(WINDOW_WIDTH)).join('')
  const heads = starts.map((start, index) =>
    (index === 0 ? timeText(start) : timeText(start).slice(-3)).padStart(WINDOW_WIDTH),
  )
  const [first = '', ...rest] = heads
  const title = 'sum per 5 s, from'
  return [
    [[title.padEnd(NAME_WIDTH + WINDOW_WIDTH - first.length) + first + rest.join(''), 'dim']],
    ...SHOWN.map((sensor): Line => {
      const remark = REMARKS[sensor] ?? ''
      return [
        [sensor.padEnd(11)],
        [remark.padEnd(NAME_WIDTH - 11), 'dim'],
        [cells(sums => String(sums.get(sensor) ?? '·'))],
      ]
    }),
    [
      [`all ${SENSORS}`.padEnd(NAME_WIDTH), 'bold'],
      [cells(sums => String(total(sums))), 'bold'],
    ],
  ]
}

/** Shows the board. */
export interface View {
  draw(board: Board, facts: RunFacts): void
  /** Shows it for the last time. */
  end(board: Board, facts: RunFacts): void
}

/** Redraws in place on a terminal. */
export class Screen implements View {
  readonly #out: NodeJS.WriteStream
  #height = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  draw(board: Board, facts: RunFacts): void {
    const { columns, rows } = this.#out
    const lines = linesOf(board, facts).slice(0, (rows || 24) - 1)
    const up = this.#height > 0 ? `\x1b[${this.#height}A` : '\x1b[?25l'
    this.#out.write(
      `${up}\r${lines.map(line => `${paint(cut(line, (columns || 80) - 1))}\x1b[K\n`).join('')}\x1b[J`,
    )
    this.#height = lines.length
  }

  /** Draws the last picture, which stays, and gives the cursor back. */
  end(board: Board, facts: RunFacts): void {
    this.draw(board, facts)
    this.#out.write('\x1b[?25h')
  }
}

/** Tells the same in plain lines. */
export class LineWriter implements View {
  readonly #print: (line: string) => void
  #told = Number.NEGATIVE_INFINITY

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  draw(board: Board): void {
    const { progress } = board
    if (progress === undefined) return
    const watermark = progress.watermark ?? Number.NEGATIVE_INFINITY
    for (const start of board.starts) {
      const sums = board.windows.get(start) ?? new Map()
      // sums of the same window come from four shards: wait until all of them have passed it
      if (start <= this.#told || start + 5500 > watermark) continue
      this.#told = start
      this.#print(`window ${timeText(start)}: ${sums.size} sensors, sum ${total(sums)}`)
    }
    const late = progress.late + progress.finallyLate
    this.#print(
      `${timeText(progress.time)} readings ${progress.records}, lag ${board.lag}, late ${late}, dead letters ${progress.deadLetters}, watermark ${progress.watermark === null ? 'none yet' : timeText(watermark)}`,
    )
  }

  end(board: Board, facts: RunFacts): void {
    this.draw(board)
    this.#print(facts.footer)
  }
}

function paint(line: Line): string {
  return line.map(([text, style]) => (style === undefined ? text : styleText(style, text))).join('')
}

/** A line that wrapped would spoil the next redraw. */
function cut(line: Line, width: number): Line {
  let left = width
  return line.map(([text, style]): Piece => {
    const kept = text.length > left ? `${text.slice(0, Math.max(0, left - 1))}${left > 0 ? '…' : ''}` : text
    left -= kept.length
    return style === undefined ? [kept] : [kept, style]
  })
}

function total(sums: ReadonlyMap<string, number>): number {
  return [...sums.values()].reduce((sum, value) => sum + value, 0)
}

function count(value: number | undefined): string {
  return (value ?? 0).toLocaleString('en-US')
}

function timeText(time: number): string {
  const date = new Date(time)
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
}
