/**
 * Where the boxes of a picture stand: in layers by longest path, in each layer sorted so that few
 * edges cross (Sugiyama's method: an edge over several layers gets a small stand-in in each).
 */

const LAYER_GAP = 56
const NODE_GAP = 20
const STAND_IN_HEIGHT = 8
const SWEEPS = 8

/** A box to be placed; `inputs` are the ids of boxes that come before it in the list. */
export interface Box {
  readonly id: string
  readonly inputs: readonly string[]
  readonly width: number
  readonly height: number
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

/** A finished layout; the left upper corner of all is (0, 0). */
export interface Layers {
  readonly width: number
  readonly height: number
  nodeOf(id: string): Node
  /** What an edge touches: its begin, its stand-ins, its end. */
  stationsOf(from: string, to: string): readonly Node[]
}

/** Places boxes that are given in a topological order. */
export function placeNodes(boxes: readonly Box[]): Layers {
  const nodes = new Map<string, Node>()
  const stations = new Map<string, readonly Node[]>()
  const layers = fillLayers(boxes, nodes, stations)
  for (let sweep = 0; sweep < SWEEPS; sweep++) sortLayers(layers, sweep % 2 === 0)
  const width = placeLayers(layers)
  for (let sweep = 0; sweep < SWEEPS; sweep++) straighten(layers, sweep % 2 === 0)
  const all = layers.flat()
  const top = Math.min(...all.map(node => node.y))
  for (const node of all) node.y = Math.round(node.y - top)
  return {
    width,
    height: Math.max(...all.map(node => node.y + node.height)),
    nodeOf: id => nodes.get(id) ?? newNode(id, 0, 0),
    stationsOf: (from, to) => stations.get(edgeName(from, to)) ?? [],
  }
}

function fillLayers(
  boxes: readonly Box[],
  nodes: Map<string, Node>,
  stations: Map<string, readonly Node[]>,
): Node[][] {
  const layers: Node[][] = []
  const layerOf = new Map<string, number>()
  const put = (node: Node, layer: number): void => {
    layers[layer] ??= []
    layers[layer].push(node)
  }
  for (const box of boxes) {
    const layer = Math.max(-1, ...box.inputs.map(input => layerOf.get(input) ?? -1)) + 1
    const node = newNode(box.id, box.width, box.height)
    layerOf.set(box.id, layer)
    nodes.set(box.id, node)
    put(node, layer)
    for (const input of new Set(box.inputs)) {
      const begin = nodes.get(input)
      if (begin === undefined) continue
      const path = [begin]
      for (let between = (layerOf.get(input) ?? 0) + 1; between < layer; between++) {
        const standIn = newNode('', 0, STAND_IN_HEIGHT)
        put(standIn, between)
        path.push(standIn)
      }
      path.push(node)
      connect(path)
      stations.set(edgeName(input, box.id), path)
    }
  }
  return layers
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
  for (const layer of forward ? layers : layers.toReversed()) {
    const neighbours = layers[layers.indexOf(layer) + (forward ? -1 : 1)] ?? []
    const places = new Map(neighbours.map((node, index) => [node, index]))
    const own = new Map(layer.map((node, index) => [node, index]))
    const wanted = new Map(
      layer.map(node => {
        const others = forward ? node.before : node.after
        const mean = others.reduce((sum, other) => sum + (places.get(other) ?? 0), 0) / others.length
        return [node, others.length === 0 ? (own.get(node) ?? 0) : mean]
      }),
    )
    layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0))
  }
}

/** Gives every layer its column, and every node a first place in it. Returns the width of all. */
function placeLayers(layers: readonly Node[][]): number {
  let x = 0
  for (const layer of layers) {
    const width = Math.max(...layer.map(node => node.width))
    let y = 0
    for (const node of layer) {
      // all boxes of a layer are equally wide, so that no edge runs behind one
      node.width = width
      node.x = x
      node.y = y
      y += node.height + NODE_GAP
    }
    x += width + LAYER_GAP
  }
  return x - LAYER_GAP
}

/** Moves nodes towards the middle of their neighbours, as far as their own neighbours in the layer allow. */
function straighten(layers: readonly Node[][], forward: boolean): void {
  for (const layer of forward ? layers : layers.toReversed()) {
    const wanted = layer.map(node => {
      const others = forward ? node.before : node.after
      if (others.length === 0) return node.y
      return (
        others.reduce((sum, other) => sum + other.y + other.height / 2, 0) / others.length - node.height / 2
      )
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

function newNode(id: string, width: number, height: number): Node {
  return { id, x: 0, y: 0, width, height, before: [], after: [] }
}

function edgeName(from: string, to: string): string {
  return JSON.stringify([from, to])
}
