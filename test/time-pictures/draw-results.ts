/**
 * Draws the results of windows over the line of event time: elements above, in the box what makes the windows,
 * below a bar for each result, as long as its window, with the letters in it. Results stand in the order in
 * which they came: downwards, and to the right.
 */
import { bandColour, escapeXml, NOBODY, openSvg } from './marks.ts'
import { type PlayedTime, type Result, SECONDS } from './play.ts'
import type { ResultsSpec } from './specs.ts'

const WIDTH_PX = 400
const LEFT_PX = 14
const RIGHT_PX = 14
const LANE_PX = 20
const LIFT_PX = 20
const LATE_PX = 12
const CROWDED_SECONDS = 0.9
const BOX_PX = 28
const LINE_PX = 18
const LINE_LETTERS = 46
const ROW_PX = 25
const BAR_PX = 20

/** The picture of what was played. */
export function drawResults(spec: ResultsSpec, played: PlayedTime): string {
  const elements = spec.arrivals.filter(arrival => arrival.kind === 'element')
  const { unit } = spec.scale ?? SECONDS
  const rows = rowsOf(played.results)
  const edges = played.results.flatMap(({ start, end }) => [start, end]).filter(Number.isFinite)
  const times = elements.map(({ time }) => time)
  const from = Math.floor(Math.min(0, ...edges, ...times))
  const to = Math.ceil(Math.max(...edges, ...times.map(time => time + 1)))
  const x = (time: number): number => {
    const within = Math.min(Math.max(time, from), to)
    return Math.round((LEFT_PX + ((within - from) / (to - from)) * (WIDTH_PX - LEFT_PX - RIGHT_PX)) * 10) / 10
  }
  const lifted = liftsOf(times)
  const hasLate = elements.some(({ letter }) => played.late.has(letter))
  const lane = LANE_PX + Math.max(...lifted) * LIFT_PX + (hasLate ? LATE_PX : 0)
  const boxTop = lane + 36
  const code = linesOf(spec.code)
  const boxHeight = BOX_PX + (code.length - 1) * LINE_PX
  const rowsTop = boxTop + boxHeight + 10
  const height = rowsTop + rows.length * ROW_PX + 4
  return [
    ...openSvg({ width: WIDTH_PX, height }, describe(spec, played)),
    `<path class="tick" d="M${LEFT_PX},${lane + 14} H${WIDTH_PX - RIGHT_PX}"/>`,
    ...ticksOf(from, to).map(
      time =>
        `<path class="tick" d="M${x(time)},${lane + 14} v4"/><text class="scale" x="${x(time)}" y="${lane + 25}">${time}${time + stepOf(from, to) > to ? ` ${unit}` : ''}</text>`,
    ),
    ...elements.map(({ letter, time }, number) => {
      const isLate = played.late.has(letter)
      const { fill, stroke } = isLate ? NOBODY : bandColour(0)
      const y = lane - (lifted[number] ?? 0) * LIFT_PX
      const dashes = isLate ? ' stroke-dasharray="3 2"' : ''
      const label = isLate ? `<text class="late" x="${x(time)}" y="${y - 17}">late</text>` : ''
      return `${label}<circle cx="${x(time)}" cy="${y}" r="9.5" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${dashes}/><text class="value" x="${x(time)}" y="${y}">${letter}</text>`
    }),
    `<rect class="box" x="2" y="${boxTop}" width="${WIDTH_PX - 4}" height="${boxHeight}" rx="6"/>`,
    ...code.map(
      (line, number) =>
        `<text class="code" x="${WIDTH_PX / 2}" y="${boxTop + BOX_PX / 2 + number * LINE_PX}">${escapeXml(line)}</text>`,
    ),
    ...rows.flatMap((row, number) => row.map(result => drawBar(result, x, rowsTop + number * ROW_PX))),
    '</svg>',
    '',
  ].join('\n')
}

function drawBar(
  { start, end, letters, isTakenBack }: Result,
  x: (time: number) => number,
  y: number,
): string {
  const [left, right] = [x(start), x(end)]
  const width = Math.max(14, right - left)
  const { fill, stroke } = isTakenBack ? NOBODY : bandColour(1)
  const middle = y + BAR_PX / 2
  const box = `<rect x="${left}" y="${y}" width="${Math.round(width * 10) / 10}" height="${BAR_PX}" rx="4" fill="${fill}" stroke="${stroke}" stroke-width="1.5"${isTakenBack ? ' stroke-dasharray="3 2"' : ''}/>`
  const at = Math.round((left + width / 2) * 10) / 10
  const text = `<text class="value" x="${at}" y="${middle}">${letters}</text>`
  const half = letters.length * 4 + 3
  return isTakenBack
    ? `${box}${text}<path class="gone" d="M${at - half},${middle} h${half * 2}"/>`
    : box + text
}

/** What is too long for one line has its options in another. */
function linesOf(code: string): readonly string[] {
  const options = code.indexOf(', {')
  return code.length <= LINE_LETTERS || options < 0
    ? [code]
    : [code.slice(0, options + 1), code.slice(options + 2)]
}

/** A new row where a result would stand before, or on, one that came before it. */
function rowsOf(results: readonly Result[]): readonly (readonly Result[])[] {
  const rows: Result[][] = []
  for (const result of results) {
    const row = rows.at(-1)
    const before = row?.at(-1)
    if (row !== undefined && before !== undefined && before.end <= result.start) row.push(result)
    else rows.push([result])
  }
  return rows
}

/** Elements that would cover each other stand one above the other. */
function liftsOf(times: readonly number[]): readonly number[] {
  const lifts: number[] = []
  for (const [number, time] of times.entries()) {
    const near = times
      .slice(0, number)
      .flatMap((other, index) => (Math.abs(other - time) < CROWDED_SECONDS ? [lifts[index] ?? 0] : []))
    let lift = 0
    while (near.includes(lift)) lift++
    lifts.push(lift)
  }
  return lifts
}

function stepOf(from: number, to: number): number {
  return to - from > 30 ? 6 : to - from > 12 ? 2 : 1
}

function ticksOf(from: number, to: number): readonly number[] {
  const step = stepOf(from, to)
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step)
}

function describe(
  { title, arrivals, scale: { unit } = SECONDS }: ResultsSpec,
  { results, late }: PlayedTime,
): string {
  const came = arrivals.flatMap(each =>
    each.kind === 'element' ? [`${each.letter} of ${each.time} ${unit}`] : [],
  )
  const round = (time: number): string =>
    Number.isFinite(time) ? `${Math.floor(time)} ${unit}` : time < 0 ? '−∞' : '+∞'
  const given = results.map(
    ({ start, end, letters, isTakenBack }) =>
      `${isTakenBack ? 'takes back ' : ''}[${round(start)}, ${round(end)}) ${letters.split('').join(', ')}`,
  )
  const lost = late.size === 0 ? '' : `; late: ${[...late].join(', ')}`
  return escapeXml(`${title}: ${came.join(', ')} give ${given.join('; ')}${lost}`)
}
