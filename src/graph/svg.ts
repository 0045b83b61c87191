/**
 * A graph as an SVG picture that needs no other tool: layers from left to right, each step in the
 * layer after the last of its inputs.
 *
 * Invariant: nothing overlaps. An edge that passes a layer has a place of its own in it.
 */
import type { Graph } from './graph.ts'
import { detailOf } from './json.ts'
import type { Step } from './step.ts'
import { type Layers, type Node, placeNodes } from './svg-layout.ts'

const MARGIN = 24
const PADDING = 14
const TITLE_PX = 13
const TEXT_PX = 11
const LINE_PX = 17
/** Widths are estimated, for no font is at hand: this is wide enough for the usual ones. */
const CHARACTER_WIDTH = 0.6
const MAX_TEXT_LENGTH = 52

/** Boxes bring their own background, and lines are of a grey that is seen on white and on black. */
const STYLE = `text{font-family:ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
.id{font-size:${TITLE_PX}px;font-weight:600;fill:#1f2937}.detail{font-size:${TEXT_PX}px;fill:#4b5563}
.edge{fill:none;stroke:#7d8590;stroke-width:1.5}.label{font-size:${TEXT_PX}px;fill:#7d8590}
.box{stroke-width:1.2}.stateful{stroke-width:2.6}.exchange{stroke-dasharray:6 3}`

type Look = 'source' | 'sink' | 'exchange' | 'stateful' | 'plain'

const COLOURS: Readonly<Record<Look, readonly [fill: string, stroke: string]>> = {
  source: ['#dbeafe', '#3b82f6'],
  sink: ['#dcfce7', '#22a355'],
  exchange: ['#fef3c7', '#c98a04'],
  stateful: ['#ede9fe', '#8257e6'],
  plain: ['#f3f4f6', '#7d8590'],
}

/** Draws the graph as SVG. */
export function drawSvg(graph: Graph): string {
  const layers = placeNodes(
    graph.steps.map(step => ({ id: step.id, inputs: step.inputs.map(input => input.step), ...sizeOf(step) })),
  )
  const width = layers.width + 2 * MARGIN
  const height = layers.height + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" role="img">`,
    `<title>${escapeXml(graph.name)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#7d8590"/></marker></defs>',
    ...graph.steps.flatMap(step => drawEdges(step, layers)),
    ...graph.steps.map(step => drawBox(step, layers)),
    '</svg>',
    '',
  ].join('\n')
}

function textsOf(step: Step): readonly string[] {
  const kind = step.kind === step.name ? step.name : `${step.name}, ${step.kind}`
  const detail = detailOf(step)
  return [step.id, kind, ...(detail === '' ? [] : [detail])].map(shorten)
}

function sizeOf(step: Step): { readonly width: number; readonly height: number } {
  const texts = textsOf(step)
  const widths = texts.map((text, line) => text.length * (line === 0 ? TITLE_PX : TEXT_PX) * CHARACTER_WIDTH)
  return { width: Math.ceil(Math.max(...widths)) + 2 * PADDING, height: texts.length * LINE_PX + PADDING }
}

function lookOf(step: Step): Look {
  if (step.kind === 'source' || step.kind === 'sink' || step.kind === 'exchange') return step.kind
  return step.nature.stateful ? 'stateful' : 'plain'
}

function drawBox(step: Step, layers: Layers): string {
  const { x, y, width, height } = layers.nodeOf(step.id)
  const look = lookOf(step)
  const [fill, stroke] = COLOURS[look]
  const radius = look === 'source' || look === 'sink' ? height / 2 : 6
  const texts = textsOf(step).map((text, line) => {
    const baseline = y + PADDING / 2 + (line + 1) * LINE_PX - 5
    const style = line === 0 ? 'id' : 'detail'
    return `<text class="${style}" x="${x + width / 2}" y="${baseline}" text-anchor="middle">${escapeXml(text)}</text>`
  })
  const shape = `<rect class="box ${look}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`
  return `<g><title>${escapeXml([step.id, detailOf(step)].filter(Boolean).join(': '))}</title>${shape}${texts.join('')}</g>`
}

function drawEdges(step: Step, layers: Layers): readonly string[] {
  return step.inputs.flatMap(input => {
    const stations = layers.stationsOf(input.step, step.id)
    const edge = `<path class="edge" marker-end="url(#arrow)" d="${pathThrough(stations)}"/>`
    return input.output === undefined ? [edge] : [edge, drawLabel(input.output, stations)]
  })
}

/** The name of a side output, at the arrow's head, on the side from which the edge does not come. */
function drawLabel(output: string, stations: readonly Node[]): string {
  const [from, to] = stations.slice(-2)
  if (from === undefined || to === undefined) return ''
  const middle = to.y + to.height / 2
  const y = from.y + from.height / 2 < middle ? middle + TEXT_PX + 3 : middle - 6
  return `<text class="label" x="${to.x - 8}" y="${y}" text-anchor="end">${escapeXml(output)}</text>`
}

/** Leaves each station at its right and enters the next at its left, level at both. */
function pathThrough(stations: readonly Node[]): string {
  let path = ''
  stations.forEach((to, index) => {
    const middle = to.y + to.height / 2
    const from = stations[index - 1]
    if (from === undefined) path = `M${to.x + to.width},${middle}`
    else {
      const [x, y] = [from.x + from.width, from.y + from.height / 2]
      const bend = (x + to.x) / 2
      path += ` C${bend},${y} ${bend},${middle} ${to.x},${middle}`
      if (index < stations.length - 1) path += ` H${to.x + to.width}`
    }
  })
  return path
}

function shorten(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH - 1)}…` : text
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
