/**
 * Draws what was played: inputs above, the operator's box, what came out below. Marbles of equal value
 * have the same colour; lines and letters beside boxes are of a grey that is seen on white and on black.
 */
import { type Happening, type MarbleSpec, type Played, SLOT_MS } from './play.ts'

const SLOT_PX = 46
const LANE_PX = 44
const LEFT_PX = 30
const RIGHT_PX = 34
const TOP_PX = 26
const BOX_PX = 36
const GAP_PX = 12
const MARBLE_PX = 28
const CHARACTER_PX = 7.4
const CODE_CHARACTER_PX = 8.2
const SHIFT_PX = 4
const SCALE_PX = 18
const LETTERS_IN_MARBLE = 2

const STYLE = `text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-anchor:middle;dominant-baseline:central}
.value{font-size:12px;font-weight:600;fill:#1f2937}.code{font-size:13px;font-weight:600;fill:#1f2937}.scale{font-size:11px;fill:#7d8590}
.time{stroke:#7d8590;stroke-width:1.5}.tick{stroke:#7d8590;stroke-width:1}.end{stroke:#7d8590;stroke-width:2.5}.error{stroke:#d1242f;stroke-width:2.5}
.box{fill:#ede9fe;stroke:#8257e6;stroke-width:1.5}.flush{fill:none;stroke:#7d8590;stroke-width:1.5;stroke-dasharray:3 3}`

const COLOURS: readonly (readonly [fill: string, stroke: string])[] = [
  ['#dbeafe', '#3b82f6'],
  ['#fef3c7', '#c98a04'],
  ['#dcfce7', '#22a355'],
  ['#fce7f3', '#db4a96'],
  ['#cffafe', '#0e9bb3'],
  ['#ffedd5', '#e8730c'],
]
const MADE: readonly [fill: string, stroke: string] = ['#f3f4f6', '#7d8590']

/** The picture of what was played. */
export function draw(spec: MarbleSpec, { inputs, output }: Played): string {
  const colours = colourValues([...inputs.flat(), ...output])
  const right = placeMarbles(output).reduce((most, { x, width }) => Math.max(most, x + width / 2), 0)
  const code = LEFT_PX / 2 + Math.ceil(spec.code.length * CODE_CHARACTER_PX)
  const length = Math.max(LEFT_PX + (spec.slots - 1) * SLOT_PX, right, code) + RIGHT_PX
  const width = Math.ceil(length + RIGHT_PX / 2)
  const boxTop = TOP_PX + (inputs.length - 1) * LANE_PX + MARBLE_PX / 2 + GAP_PX
  const outputAt = boxTop + BOX_PX + GAP_PX + MARBLE_PX / 2
  const height = outputAt + TOP_PX + (spec.timed === true ? SCALE_PX : 0)
  const lanes = inputs.map((lane, number) =>
    drawLane(lane, { y: TOP_PX + number * LANE_PX, length, colours }),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(describe(spec, output))}</title>`,
    `<style>${STYLE}</style>`,
    ...lanes.flat(),
    `<rect class="box" x="${LEFT_PX / 2}" y="${boxTop}" width="${length - LEFT_PX / 2}" height="${BOX_PX}" rx="6"/>`,
    `<text class="code" x="${(LEFT_PX / 2 + length) / 2 + LEFT_PX / 4}" y="${boxTop + BOX_PX / 2}">${escapeXml(spec.code)}</text>`,
    ...drawLane(output, { y: outputAt, length, colours }),
    ...(spec.timed === true ? drawScale(spec.slots, outputAt + TOP_PX) : []),
    '</svg>',
    '',
  ].join('\n')
}

interface LanePlace {
  readonly y: number
  readonly length: number
  readonly colours: ReadonlyMap<string, readonly [string, string]>
}

interface Marble {
  readonly happening: Happening
  readonly text: string
  readonly x: number
  readonly width: number
}

function drawLane(lane: readonly Happening[], { y, length, colours }: LanePlace): readonly string[] {
  const tip = `M${length - 7},${y - 4} L${length},${y} L${length - 7},${y + 4}`
  return [
    `<path class="time" fill="none" d="M${LEFT_PX / 2},${y} H${length} ${tip}"/>`,
    ...placeMarbles(lane).map(marble => drawMarble(marble, y, colours)),
  ]
}

function drawMarble({ happening, text, x, width }: Marble, y: number, colours: LanePlace['colours']): string {
  const half = MARBLE_PX / 2
  switch (happening.kind) {
    case 'end':
      return `<path class="end" d="M${x},${y - half} V${y + half}"/>`
    case 'error':
      return `<path class="error" d="M${x - 7},${y - 7} l14,14 m0,-14 l-14,14"/>`
    case 'flush':
      return `<circle class="flush" cx="${x}" cy="${y}" r="${half - 3}"/><text class="scale" x="${x}" y="${y - half - 5}">flush()</text>`
    case 'element': {
      const [fill, stroke] = colours.get(text) ?? MADE
      const box = `x="${x - width / 2}" y="${y - half}" width="${width}" height="${MARBLE_PX}" rx="${half}"`
      return `<rect ${box} fill="${fill}" stroke="${stroke}" stroke-width="1.5"/><text class="value" x="${x}" y="${y}">${escapeXml(text)}</text>`
    }
    default:
      return happening satisfies never
  }
}

/** Marbles of one moment, or wide ones, stand one after the other. */
function placeMarbles(lane: readonly Happening[]): readonly Marble[] {
  const marbles: Marble[] = []
  for (const happening of lane) {
    const text = happening.kind === 'element' ? textOf(happening.value) : ''
    const width =
      happening.kind === 'element'
        ? text.length <= LETTERS_IN_MARBLE
          ? MARBLE_PX
          : Math.ceil(text.length * CHARACTER_PX) + 18
        : 8
    const before = marbles.at(-1)
    const free = before === undefined ? 0 : before.x + before.width / 2 + SHIFT_PX + width / 2
    const x = Math.max(LEFT_PX + MARBLE_PX / 2 + (happening.atMs / SLOT_MS) * SLOT_PX, free)
    marbles.push({ happening, text, x: Math.round(x * 10) / 10, width })
  }
  return marbles
}

function drawScale(slots: number, y: number): readonly string[] {
  const from = LEFT_PX + MARBLE_PX / 2
  const ticks = Array.from({ length: slots }, (_, slot) => `M${from + slot * SLOT_PX},${y - 3} v6`).join(' ')
  return [
    `<path class="tick" d="M${from},${y} H${from + (slots - 1) * SLOT_PX} ${ticks}"/>`,
    `<text class="scale" x="${from + SLOT_PX / 2}" y="${y + 10}">${SLOT_MS} ms</text>`,
  ]
}

/** A colour for each value that comes in. */
function colourValues(happenings: readonly Happening[]): ReadonlyMap<string, readonly [string, string]> {
  const colours = new Map<string, readonly [string, string]>()
  for (const happening of happenings) {
    if (happening.kind !== 'element' || typeof happening.value === 'object') continue
    const text = textOf(happening.value)
    const colour = COLOURS[colours.size % COLOURS.length]
    if (!colours.has(text) && colour !== undefined) colours.set(text, colour)
  }
  return colours
}

function describe({ code, inputs }: MarbleSpec, output: readonly Happening[]): string {
  const out = output.map(happening =>
    happening.kind === 'element' ? textOf(happening.value) : happening.kind,
  )
  return `${code}: ${inputs.join(' and ')} gives ${out.join(' ')}`
}

/** How a value is written in a marble. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`
  if (value instanceof Map) return [...value].map(([key, each]) => `${textOf(key)}:${textOf(each)}`).join(' ')
  return String(value)
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
