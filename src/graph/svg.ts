/**
 * A graph as an SVG picture that needs no other tool: layers from left to right, or, where that gets
 * too wide, from top to bottom; each step in the layer after the last of its inputs.
 */
import { drawingOrder, type Edge, type EdgeCount, edgeLabel, edgesOf } from './edges.ts'
import type { Graph } from './graph.ts'
import { detailOf } from './json.ts'
import { displayWidth, escapeXml } from './plain-text.ts'
import type { Step } from './step.ts'
import { type Layout, type Point, placeNodes, type Route } from './svg-layout.ts'

const MARGIN = 24
const PADDING = 14
const TITLE_PX = 13
const TEXT_PX = 11
const LINE_PX = 17
/** Widths are estimated, for no font is at hand: this is wide enough for the usual ones. */
const CHARACTER_WIDTH = 0.6
const BOLD_CHARACTER_WIDTH = 0.66
const MAX_TEXT_LENGTH = 52
/** A picture that gets wider is drawn from top to bottom, if that makes it narrower. */
const MAX_WIDTH = 1600
const LABEL_LINE_PX = 17
const LABEL_GAP = 4
const CORNER = 6

/** Boxes bring their own background, and lines are of a grey that is seen on white and on black. */
const STYLE = `text{font-family:ui-sans-serif,system-ui,"Segoe UI",Helvetica,Arial,sans-serif}
.id{font-size:${TITLE_PX}px;font-weight:600;fill:#1f2937}.detail{font-size:${TEXT_PX}px;fill:#4b5563}
.edge{fill:none;stroke:#7d8590;stroke-width:1.5}.back{stroke-dasharray:5 4}.label{font-size:${TEXT_PX}px;fill:#7d8590}
.box{stroke-width:1.2}.stateful{stroke-width:2.6}.exchange{stroke-dasharray:6 3}`

type Look = 'source' | 'sink' | 'exchange' | 'stateful' | 'plain'

const COLOURS: Readonly<Record<Look, readonly [fill: string, stroke: string]>> = {
  source: ['#dbeafe', '#3b82f6'],
  sink: ['#dcfce7', '#22a355'],
  exchange: ['#fef3c7', '#c98a04'],
  stateful: ['#ede9fe', '#8257e6'],
  plain: ['#f3f4f6', '#7d8590'],
}

/** Which way the graph runs; the layout knows only along and across. */
type Direction = 'right' | 'down'

interface Drawing {
  readonly direction: Direction
  readonly layout: Layout
  readonly width: number
  readonly height: number
}

/** Draws the graph as SVG, with what passed along its edges when `counts` are given. */
export function drawSvg(graph: Graph, counts: readonly EdgeCount[] = []): string {
  const edges = edgesOf(graph, counts)
  const edgesInto = Map.groupBy(edges, edge => edge.to)
  const drawing = arrange(graph, edges)
  const width = drawing.width + 2 * MARGIN
  const height = drawing.height + 2 * MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" role="img">`,
    `<title>${escapeXml(graph.name)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#7d8590"/></marker></defs>',
    ...graph.steps.flatMap((step, place) => drawEdges(step, edgesInto.get(place) ?? [], drawing)),
    ...graph.steps.map(step => drawBox(step, drawing)),
    '</svg>',
    '',
  ].join('\n')
}

function arrange(graph: Graph, edges: readonly Edge[]): Drawing {
  const right = arrangeIn('right', graph, edges)
  if (right.width <= MAX_WIDTH) return right
  const down = arrangeIn('down', graph, edges)
  return down.width < right.width ? down : right
}

function arrangeIn(direction: Direction, graph: Graph, edges: readonly Edge[]): Drawing {
  const sized = (width: number, height: number): { readonly width: number; readonly height: number } =>
    direction === 'right' ? { width, height } : { width: height, height: width }
  const edgesInto = Map.groupBy(edges, edge => edge.to)
  const boxes = drawingOrder(graph.steps, edges).flatMap(place => {
    const step = graph.steps[place]
    if (step === undefined) return []
    const inputs = (edgesInto.get(place) ?? []).map(edge => {
      const label = edgeLabel(edge)
      const size = sized(label === '' ? 0 : widthOf(label) + 3 * LABEL_GAP, label === '' ? 0 : LABEL_LINE_PX)
      return {
        from: graph.steps[edge.from]?.id ?? '',
        leadsBack: edge.closesLoop,
        labelWidth: size.width,
        labelHeight: size.height,
      }
    })
    const size = sizeOf(step)
    return [{ id: step.id, inputs, ...sized(size.width, size.height) }]
  })
  const layout = placeNodes(boxes)
  return { direction, layout, ...sized(layout.width, layout.height) }
}

function textsOf(step: Step): readonly string[] {
  const kind = step.kind === step.name ? step.name : `${step.name}, ${step.kind}`
  const detail = detailOf(step)
  return [step.id, kind, ...(detail === '' ? [] : [detail])].map(shorten)
}

function sizeOf(step: Step): { readonly width: number; readonly height: number } {
  const texts = textsOf(step)
  const widths = texts.map((text, line) =>
    line === 0 ? Math.ceil(displayWidth(text) * TITLE_PX * BOLD_CHARACTER_WIDTH) : widthOf(text),
  )
  return { width: Math.max(...widths) + 2 * PADDING, height: texts.length * LINE_PX + PADDING }
}

function widthOf(text: string): number {
  return Math.ceil(displayWidth(text) * TEXT_PX * CHARACTER_WIDTH)
}

function lookOf(step: Step): Look {
  if (step.kind === 'source' || step.kind === 'sink' || step.kind === 'exchange') return step.kind
  return step.nature.stateful ? 'stateful' : 'plain'
}

function drawBox(step: Step, { direction, layout }: Drawing): string {
  const node = layout.nodeOf(step.id)
  const [x, y] = direction === 'right' ? [node.x, node.y] : [node.y, node.x]
  const [width, height] = direction === 'right' ? [node.width, node.height] : [node.height, node.width]
  const look = lookOf(step)
  const [fill, stroke] = COLOURS[look]
  const radius = look === 'source' || look === 'sink' ? Math.min(height, LINE_PX * 3 + PADDING) / 2 : 6
  const lines = textsOf(step)
  const texts = lines.map((text, line) => {
    const baseline = y + (height - lines.length * LINE_PX) / 2 + (line + 1) * LINE_PX - 5
    const style = line === 0 ? 'id' : 'detail'
    return `<text class="${style}" x="${x + width / 2}" y="${baseline}" text-anchor="middle">${escapeXml(text)}</text>`
  })
  const shape = `<rect class="box ${look}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" fill="${fill}" stroke="${stroke}"/>`
  return `<g><title>${escapeXml([step.id, detailOf(step)].filter(Boolean).join(': '))}</title>${shape}${texts.join('')}</g>`
}

function drawEdges(step: Step, edges: readonly Edge[], { direction, layout }: Drawing): readonly string[] {
  const at = (point: Point): string =>
    direction === 'right' ? `${point.x},${point.y}` : `${point.y},${point.x}`
  return edges.flatMap((edge, input) => {
    const route = layout.routeOf(step.id, input)
    const path = route.leadsBack ? pathAround(route.points, at) : pathForward(route.points, at)
    const style = route.leadsBack ? 'edge back' : 'edge'
    const line = `<path class="${style}" marker-end="url(#arrow)" d="${path}"/>`
    const text = edgeLabel(edge)
    return text === '' ? [line] : [line, drawLabel(text, route, direction)]
  })
}

/** Above a line that runs to the right, to the left of one that runs down. */
function drawLabel(text: string, { label, leadsBack }: Route, direction: Direction): string {
  const lift = leadsBack ? LABEL_LINE_PX / 2 : 0
  const [x, y] =
    direction === 'right' ? [label.x, label.y - LABEL_GAP] : [label.y - LABEL_GAP - 2, label.x - 2 - lift]
  return `<text class="label" x="${x}" y="${y}" text-anchor="end">${escapeXml(text)}</text>`
}

/** Leaves each station level and enters the next one level: a bend, then straight on. */
function pathForward(points: readonly Point[], at: (point: Point) => string): string {
  let path = ''
  for (let index = 0; index + 2 < points.length; index += 3) {
    const [begin, bent, end] = [points[index], points[index + 1], points[index + 2]]
    if (begin === undefined || bent === undefined || end === undefined) break
    const middle = (begin.x + bent.x) / 2
    const [first, second] = [at({ x: middle, y: begin.y }), at({ x: middle, y: bent.y })]
    path += `${index === 0 ? `M${at(begin)}` : ''} C${first} ${second} ${at(bent)} L${at(end)}`
  }
  return path
}

/** Around the outside, its corners rounded. */
function pathAround(points: readonly Point[], at: (point: Point) => string): string {
  let path = ''
  points.forEach((point, index) => {
    const [before, after] = [points[index - 1], points[index + 1]]
    if (before === undefined) path = `M${at(point)}`
    else if (after === undefined) path += ` L${at(point)}`
    else path += ` L${at(towards(point, before))} Q${at(point)} ${at(towards(point, after))}`
  })
  return path
}

/** The point that lies a corner's radius from one point towards another. */
function towards(from: Point, to: Point): Point {
  const [width, height] = [to.x - from.x, to.y - from.y]
  const length = Math.hypot(width, height)
  const share = length === 0 ? 0 : Math.min(CORNER, length / 2) / length
  return { x: from.x + width * share, y: from.y + height * share }
}

function shorten(text: string): string {
  const characters = Array.from(text)
  return characters.length > MAX_TEXT_LENGTH ? `${characters.slice(0, MAX_TEXT_LENGTH - 1).join('')}…` : text
}
