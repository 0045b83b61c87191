/**
 * Where the boxes of a picture stand: in layers by longest path, in each layer sorted so that few
 * edges cross (Sugiyama's method: an edge over several layers gets a small stand-in in each).
 *
 * x runs along the flow, y across it. Invariant: nothing overlaps. An edge that passes a layer has a
 * place of its own in it; every edge enters its box at a place of its own, behind a stretch that is
 * straight and has room for its label; what leads back does so in lanes outside of the layers it spans.
 */

/** Where edges bend, between two layers. */
const BEND = 48
/** Straight before the arrow's head, and around a label. */
const STRAIGHT = 14
const NODE_GAP = 20
const STAND_IN_HEIGHT = 8
const SLOT = 12
const LANE_GAP = 14
const LANE_SHIFT = 6
const MOST_LANE_SHIFTS = 5
const SWEEPS = 8

/** A box to be placed. `inputs` come before it in the list of boxes, but for those that lead back. */
export interface Box {
  readonly id: string
  readonly inputs: readonly BoxInput[]
  /** Its size along the flow. */
  readonly width: number
  /** Its size across the flow; it is made larger where its inputs need more. */
  readonly height: number
}

/** An edge that ends at a box. */
export interface BoxInput {
  /** The id of the box it comes from. */
  readonly from: string
  readonly leadsBack: boolean
  /** The size of its label along and across the flow; 0 for none. */
  readonly labelWidth: number
  readonly labelHeight: number
}

/** A box, or a stand-in for an edge, with its left upper corner. */
export interface Node {
  readonly id: string
  x: number
  y: number
  width: number
  readonly height: number
  readonly before: Node[]
  readonly after: Node[]
}

/** A point of the picture. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** How an edge runs: through `corners` if it leads back, else in a bend and a straight line for each part. */
export interface Route {
  readonly leadsBack: boolean
  /** Leads back: the corners. Else, for each layer that is entered: begin and end of the bend, end of the line. */
  readonly points: readonly Point[]
  /** The end of the label's base line: the text ends here, on the smaller side of the line (above, or left of it). */
  readonly label: Point
}

/** A finished layout; the left upper corner of all is (0, 0). */
export interface Layout {
  readonly width: number
  readonly height: number
  nodeOf(id: string): Node
  /** The route of an input of a box. */
  routeOf(id: string, input: number): Route
}

interface Path {
  readonly box: Box
  readonly input: BoxInput
  /** What it touches: its begin, its stand-ins, its end; for one that leads back only begin and end. */
  readonly stations: readonly Node[]
}

interface Layer {
  readonly nodes: Node[]
  /** Where its boxes begin, and how much before them is kept straight. */
  x: number
  straight: number
}

/** Places boxes that are given in a topological order, not counting edges that lead back. */
export function placeNodes(boxes: readonly Box[]): Layout {
  const nodes = new Map(boxes.map(box => [box.id, newNode(box.id, box.width, heightOf(box))]))
  const layers: Layer[] = []
  const layerOf = new Map<Node, Layer>()
  const paths = fillLayers(boxes, { nodes, layers, layerOf })
  const lists = layers.map(layer => layer.nodes)
  for (let sweep = 0; sweep < SWEEPS; sweep++) sortLayers(lists, sweep % 2 === 0)
  placeLayers(layers, paths, layerOf)
  for (let sweep = 0; sweep < SWEEPS; sweep++) straighten(lists, sweep % 2 === 0)
  const top = Math.min(...lists.flat().map(node => node.y))
  for (const node of lists.flat()) node.y = Math.round(node.y - top)
  const routes = routePaths(paths, layers, layerOf)
  const points = [...routes.values()].flatMap(route => route.points)
  return {
    width: Math.max(0, ...lists.flat().map(node => node.x + node.width), ...points.map(point => point.x)),
    height: Math.max(0, ...lists.flat().map(node => node.y + node.height), ...points.map(point => point.y)),
    nodeOf: id => nodes.get(id) ?? newNode(id, 0, 0),
    routeOf: (id, input) => routes.get(routeName(id, input)) ?? NO_ROUTE,
  }
}

const NO_ROUTE: Route = { leadsBack: false, points: [], label: { x: 0, y: 0 } }

/** Room for every input to enter on its own, its label before it. */
function heightOf(box: Box): number {
  const slots = box.inputs.map(slotOf)
  const span = slots.slice(1).reduce((sum, slot) => sum + slot, 0)
  // even, so that its middle is a whole pixel and lines are straight
  return 2 * Math.ceil(Math.max(box.height, span + 2 * Math.max(SLOT, ...slots)) / 2)
}

function slotOf(input: BoxInput): number {
  return Math.max(SLOT, input.leadsBack ? 0 : input.labelHeight)
}

interface Places {
  readonly nodes: ReadonlyMap<string, Node>
  readonly layers: Layer[]
  readonly layerOf: Map<Node, Layer>
}

function fillLayers(boxes: readonly Box[], { nodes, layers, layerOf }: Places): readonly Path[] {
  const depthOf = new Map<string, number>()
  const paths: Path[] = []
  const put = (node: Node, depth: number): void => {
    const layer = layers[depth] ?? { nodes: [], x: 0, straight: 0 }
    layers[depth] = layer
    layer.nodes.push(node)
    layerOf.set(node, layer)
  }
  for (const box of boxes) {
    const end = nodes.get(box.id)
    if (end === undefined) continue
    const forward = box.inputs.filter(input => !input.leadsBack)
    const depth = Math.max(-1, ...forward.map(input => depthOf.get(input.from) ?? -1)) + 1
    depthOf.set(box.id, depth)
    put(end, depth)
    for (const input of box.inputs) {
      const begin = nodes.get(input.from)
      if (begin === undefined) continue
      const stations = [begin]
      for (let at = (depthOf.get(input.from) ?? depth) + 1; !input.leadsBack && at < depth; at++) {
        const standIn = newNode('', 0, STAND_IN_HEIGHT)
        put(standIn, at)
        stations.push(standIn)
      }
      stations.push(end)
      if (!input.leadsBack) connect(stations)
      paths.push({ box, input, stations })
    }
  }
  return paths
}

function connect(path: readonly Node[]): void {
  path.forEach((node, index) => {
    const next = path[index + 1]
    if (next === undefined) return
    node.after.push(next)
    next.before.push(node)
  })
}

/** Sorts each layer by where its neighbours stand in the layer that was sorted last. */
function sortLayers(layers: Node[][], forward: boolean): void {
  for (const [index, layer] of forward ? [...layers.entries()] : [...layers.entries()].toReversed()) {
    const neighbours = layers[index + (forward ? -1 : 1)] ?? []
    const places = new Map(neighbours.map((node, place) => [node, place]))
    const wanted = new Map(
      layer.map((node, place) => {
        const others = forward ? node.before : node.after
        const mean = others.reduce((sum, other) => sum + (places.get(other) ?? 0), 0) / others.length
        return [node, others.length === 0 ? place : mean]
      }),
    )
    layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
  }
}

/** Gives every layer its column, and every node a first place in it. */
function placeLayers(
  layers: readonly Layer[],
  paths: readonly Path[],
  layerOf: ReadonlyMap<Node, Layer>,
): void {
  for (const { input, stations } of paths) {
    const end = stations.at(-1)
    const layer = end && layerOf.get(end)
    if (end === undefined || layer === undefined) continue
    layer.straight = Math.max(layer.straight, straightFor(input, end === stations[0] ? end.width : undefined))
  }
  const first = layers[0]
  const isEntered = paths.some(({ stations }) => layerOf.get(stations.at(-1) ?? newNode('', 0, 0)) === first)
  let x = isEntered ? BEND + (first?.straight ?? 0) : 0
  for (const layer of layers) {
    if (layer !== first) x += BEND + layer.straight
    layer.x = x
    // all boxes of a layer are equally wide, so that no edge runs behind one
    const width = Math.max(...layer.nodes.map(node => node.width))
    let y = 0
    for (const node of layer.nodes) {
      node.width = width
      node.x = x
      node.y = y
      y += node.height + NODE_GAP
    }
    x += width
  }
}

/** Room for the label; that of a box's way back to itself needs only what the box does not give. */
function straightFor(input: BoxInput, loopWidth: number | undefined): number {
  if (loopWidth !== undefined) return Math.max(0, input.labelWidth - loopWidth) + STRAIGHT
  return input.leadsBack || input.labelWidth === 0 ? STRAIGHT : input.labelWidth + 2 * STRAIGHT
}

/** Moves nodes towards the middle of their neighbours, as far as their own neighbours in the layer allow. */
function straighten(layers: readonly Node[][], forward: boolean): void {
  for (const layer of forward ? layers : layers.toReversed()) {
    const wanted = layer.map(node => {
      const others = forward ? node.before : node.after
      if (others.length === 0) return node.y
      return others.reduce((sum, other) => sum + middleOf(other), 0) / others.length - node.height / 2
    })
    let free = Number.NEGATIVE_INFINITY
    let moved = 0
    layer.forEach((node, index) => {
      const want = wanted[index] ?? 0
      node.y = Math.max(want, free)
      moved += node.y - want
      free = node.y + node.height + NODE_GAP
    })
    for (const node of layer) node.y -= moved / layer.length
  }
}

function routePaths(
  paths: readonly Path[],
  layers: readonly Layer[],
  layerOf: ReadonlyMap<Node, Layer>,
): ReadonlyMap<string, Route> {
  const routes = new Map<string, Route>()
  const entries = enterBoxes(paths)
  const lanes = new Lanes(layers)
  // short loops take the inner lanes
  const back = paths.filter(path => path.input.leadsBack).sort((a, b) => lengthOf(a) - lengthOf(b))
  for (const path of [...paths.filter(each => !each.input.leadsBack), ...back]) {
    const y = entries.get(path) ?? 0
    const route = path.input.leadsBack
      ? lanes.route(path, y, layerOf)
      : { leadsBack: false, ...routeForward(path.stations, y, layerOf) }
    routes.set(routeName(path.box.id, path.box.inputs.indexOf(path.input)), route)
  }
  return routes
}

/** Where each edge enters its box: side by side in the order in which they come, their middle at its middle. */
function enterBoxes(paths: readonly Path[]): ReadonlyMap<Path, number> {
  const entries = new Map<Path, number>()
  for (const into of Map.groupBy(paths, path => path.box).values()) {
    const sorted = into.toSorted((a, b) => comesFrom(a) - comesFrom(b))
    const span = sorted.slice(1).reduce((sum, path) => sum + slotOf(path.input), 0)
    const end = sorted[0]?.stations.at(-1)
    if (end === undefined) continue
    let y = Math.round(middleOf(end) - span / 2)
    sorted.forEach((path, index) => {
      if (index > 0) y += slotOf(path.input)
      entries.set(path, y)
    })
  }
  return entries
}

/** What leads back comes from beyond everything. */
function comesFrom(path: Path): number {
  const last = path.stations.at(-2)
  return path.input.leadsBack || last === undefined ? Number.POSITIVE_INFINITY : middleOf(last)
}

function routeForward(
  stations: readonly Node[],
  entry: number,
  layerOf: ReadonlyMap<Node, Layer>,
): Omit<Route, 'leadsBack'> {
  const points = stations.slice(1).flatMap((to, index): readonly Point[] => {
    const from = stations[index] ?? to
    const isEnd = index === stations.length - 2
    const y = isEnd ? entry : middleOf(to)
    return [
      { x: from.x + from.width, y: middleOf(from) },
      { x: to.x - (layerOf.get(to)?.straight ?? 0), y },
      { x: isEnd ? to.x : to.x + to.width, y },
    ]
  })
  const end = points.at(-1) ?? { x: 0, y: 0 }
  return { points, label: { x: end.x - STRAIGHT, y: end.y } }
}

/** The lanes in which edges lead back, each beyond all that stands in the layers it spans. */
class Lanes {
  readonly #layers: readonly Layer[]
  readonly #bottoms: number[]
  #count = 0

  constructor(layers: readonly Layer[]) {
    this.#layers = layers
    this.#bottoms = layers.map(layer => Math.max(...layer.nodes.map(node => node.y + node.height)))
  }

  route({ input, stations }: Path, entry: number, layerOf: ReadonlyMap<Node, Layer>): Route {
    const [from, to] = [stations[0], stations.at(-1)]
    const [first, last] = [to && layerOf.get(to), from && layerOf.get(from)]
    if (from === undefined || to === undefined || first === undefined || last === undefined) return NO_ROUTE
    const [begin, end] = [this.#layers.indexOf(first), this.#layers.indexOf(last) + 1]
    const lane = Math.max(...this.#bottoms.slice(begin, end)) + LANE_GAP + input.labelHeight
    this.#bottoms.fill(lane, begin, end)
    const shift = BEND / 4 + (this.#count++ % MOST_LANE_SHIFTS) * LANE_SHIFT
    const right = from.x + from.width + shift
    const left = first.x - first.straight - shift
    const leave = Math.round(from.y + from.height - Math.min(SLOT, from.height / 4))
    return {
      leadsBack: true,
      points: [
        { x: from.x + from.width, y: leave },
        { x: right, y: leave },
        { x: right, y: lane },
        { x: left, y: lane },
        { x: left, y: entry },
        { x: to.x, y: entry },
      ],
      label: { x: Math.round((left + right + input.labelWidth) / 2), y: lane },
    }
  }
}

function lengthOf({ stations }: Path): number {
  return (stations[0]?.x ?? 0) - (stations.at(-1)?.x ?? 0)
}

function middleOf(node: Node): number {
  return node.y + node.height / 2
}

function newNode(id: string, width: number, height: number): Node {
  return { id, x: 0, y: 0, width, height, before: [], after: [] }
}

function routeName(id: string, input: number): string {
  return JSON.stringify([id, input])
}
