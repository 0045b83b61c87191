/**
 * Draws elements by when they came (to the right) and when they happened (upwards): windows as bands, the
 * watermark as a line, each result at the moment at which it came. In colours that are seen on white and on
 * black, and wide enough for a phone.
 */
import { bandColour, escapeXml, NOBODY, openSvg, pill } from './marks.ts'
import type { Arrival, PlayedTime, Reached, Result, TimeSpec } from './play.ts'

const LEFT_PX = 42
const TOP_PX = 30
const RIGHT_PX = 14
const BOTTOM_PX = 30
const WIDTH_PX = 400
const HAPPENED_PX = 17
const BAND_SECONDS = 5
const BANDS = 3

type Element = Extract<Arrival, { kind: 'element' }>

/** The picture of what was played. */
export function drawArrivals(spec: TimeSpec, played: PlayedTime): string {
  const ends = Math.max(...spec.arrivals.map(({ at }) => at)) + 0.6
  const height = TOP_PX + BANDS * BAND_SECONDS * HAPPENED_PX + BOTTOM_PX
  const place: Place = {
    x: at => round(LEFT_PX + (at / ends) * (WIDTH_PX - LEFT_PX - RIGHT_PX)),
    y: time => round(TOP_PX + (BANDS * BAND_SECONDS - time) * HAPPENED_PX),
  }
  const elements = spec.arrivals.filter(arrival => arrival.kind === 'element')
  const drains = spec.arrivals.filter(({ kind }) => kind === 'drain')
  return [
    ...openSvg({ width: WIDTH_PX, height }, describe(spec, played)),
    ...drawBands(place),
    ...drawAxes(place, { ends, height }),
    ...drains.map(({ at }) => drawDrain(place, at)),
    ...(played.partitions.length > 1
      ? played.partitions.map((line, number) => drawLine(place, line, { ends, name: `own own-${number}` }))
      : []),
    ...drawLegend(played.partitions.length > 1),
    drawLine(place, played.watermark, { ends, name: 'watermark' }),
    ...elements.map(element => drawElement(place, element, played.late.has(element.letter))),
    ...played.results.map(result => drawResult(place, result)),
    '</svg>',
    '',
  ].join('\n')
}

interface Place {
  readonly x: (at: number) => number
  readonly y: (time: number) => number
}

function drawBands(place: Place): readonly string[] {
  return Array.from({ length: BANDS }, (_, band) => {
    const { stroke } = bandColour(band)
    const top = place.y((band + 1) * BAND_SECONDS)
    const box = `x="${LEFT_PX}" y="${top}" width="${WIDTH_PX - LEFT_PX - RIGHT_PX}" height="${BAND_SECONDS * HAPPENED_PX}"`
    return `<rect ${box} fill="${stroke}" fill-opacity="0.13"/>`
  })
}

function drawAxes(
  place: Place,
  { ends, height }: { readonly ends: number; readonly height: number },
): readonly string[] {
  const labels = Array.from({ length: BANDS + 1 }, (_, band) => {
    const time = band * BAND_SECONDS
    return `<path class="border" d="M${LEFT_PX},${place.y(time)} H${WIDTH_PX - RIGHT_PX}"/><text class="scale end" x="${LEFT_PX - 6}" y="${place.y(time)}">${time} s</text>`
  })
  const ticks = Array.from({ length: Math.floor(ends) }, (_, index) => {
    const at = index + 1
    return `<path class="tick" d="M${place.x(at)},${place.y(0)} v5"/><text class="scale" x="${place.x(at)}" y="${place.y(0) + 13}">${at}</text>`
  })
  return [
    ...labels,
    ...ticks,
    `<text class="scale begin" x="2" y="9">happened ↑</text>`,
    `<text class="scale end" x="${WIDTH_PX - RIGHT_PX}" y="${height - 6}">came, second →</text>`,
  ]
}

function drawDrain(place: Place, at: number): string {
  const x = place.x(at)
  return `<path class="drain" d="M${x},${TOP_PX} V${place.y(0)}"/><text class="scale" x="${x}" y="${TOP_PX - 9}">drain</text>`
}

function drawLegend(hasTwo: boolean): readonly string[] {
  const own = [
    '<path class="line own own-0" d="M232,9 h18"/><text class="scale begin" x="254" y="9">of ●</text>',
    '<path class="line own own-1" d="M298,9 h18"/><text class="scale begin" x="320" y="9">of ■</text>',
  ]
  return [
    '<path class="line watermark" d="M126,9 h18"/><text class="scale begin" x="148" y="9">watermark</text>',
    ...(hasTwo ? own : []),
  ]
}

/** A step for each move of a watermark; at a drain, event time ends and begins anew. */
function drawLine(
  place: Place,
  line: readonly Reached[],
  { ends, name }: { readonly ends: number; readonly name: string },
): string {
  const moves = line
    .filter(({ time }) => Number.isFinite(time))
    .map(({ at, time }, index) => {
      const [x, y] = [place.x(at), place.y(Math.max(0, time))]
      return index === 0 ? `M${x},${y}` : `H${x} V${y}`
    })
  return `<path class="line ${name}" d="${moves.join(' ')} H${place.x(ends)}"/>`
}

function drawElement(place: Place, { at, time, letter, partition }: Element, isLate: boolean): string {
  const { fill, stroke } = isLate ? NOBODY : bandColour(Math.floor(time / BAND_SECONDS))
  const [x, y] = [place.x(at), place.y(time)]
  const paint = `fill="${fill}" stroke="${stroke}" stroke-width="1.5"${isLate ? ' stroke-dasharray="3 2"' : ''}`
  const shape =
    partition === 0
      ? `<circle cx="${x}" cy="${y}" r="10" ${paint}/>`
      : `<rect x="${x - 9}" y="${y - 9}" width="18" height="18" rx="2" ${paint}/>`
  return `${shape}<text class="value" x="${x}" y="${y}">${letter}</text>${isLate ? `<text class="late end" x="${x - 14}" y="${y}">late</text>` : ''}`
}

/** Where the watermark crosses the end of its window. */
function drawResult(place: Place, { at, end, letters }: Result): string {
  const { fill, stroke } = bandColour(end / BAND_SECONDS - 1)
  return pill({ x: place.x(at) + 4, y: place.y(end), text: letters, fill, stroke })
}

function describe({ title }: TimeSpec, { results, late }: PlayedTime): string {
  const given = results.map(
    ({ at, start, end, letters }) =>
      `at ${at} s [${start} s, ${end} s) gives ${letters.split('').join(', ')}`,
  )
  const lost = late.size === 0 ? '' : `; late: ${[...late].join(', ')}`
  return escapeXml(`${title}: ${given.join('; ')}${lost}`)
}

function round(px: number): number {
  return Math.round(px * 10) / 10
}
