/**
 * The edges of a graph as pictures need them: counted, numbered in the order of delivery, and with
 * those that close a loop told apart.
 *
 * Invariant: takes the steps as they are. Loops, graphs without a source and inputs from steps that
 * are not there (left out) are all drawn; without the edges that close a loop, no loop is left.
 */
import type { Graph } from './graph.ts'
import type { Port, Step } from './step.ts'

const NO_BREAK_SPACE = '\u00a0'

/** How much passed along one edge of a running graph. */
export interface EdgeCount {
  /** The id of the step whose output is read, and the output's name; undefined for its main one. */
  readonly step: string
  readonly output: string | undefined
  /** The id of the step that reads it. */
  readonly reader: string
  /** Elements since counting began. */
  readonly count: number
  /** Elements a second of late; undefined while that is not known. */
  readonly perSecond: number | undefined
}

/** An edge between two steps, named by their places in `graph.steps`. */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly output: string | undefined
  /** Which of the readers of this output is served first, from 1; undefined when there is only one. */
  readonly turn: number | undefined
  /** Leads back to a step that is above. */
  readonly closesLoop: boolean
  readonly count: EdgeCount | undefined
}

/**
 * All edges, sorted by their reader and its inputs. A step that reads one port twice takes its counts
 * in their order; counts of edges that are not there are left out, as a running graph may have changed.
 */
export function edgesOf(graph: Graph, counts: readonly EdgeCount[] = []): readonly Edge[] {
  const places = new Map(graph.steps.map((step, place) => [step.id, place]))
  const countsByName = Map.groupBy(counts, count => edgeName(count, count.reader))
  const plain = graph.steps.flatMap((step, to) => {
    const taken = new Map<string, number>()
    return step.inputs.flatMap(input => {
      const from = places.get(input.step)
      if (from === undefined) return []
      const name = edgeName(input, step.id)
      const before = taken.get(name) ?? 0
      taken.set(name, before + 1)
      return [{ from, to, output: input.output, count: countsByName.get(name)?.[before] }]
    })
  })
  const loops = findLoops(graph.steps.length, plain)
  const turns = new Map<object, number>()
  for (const readers of Map.groupBy(plain, edge => portName(edge.from, edge.output)).values()) {
    if (readers.length > 1) readers.forEach((edge, index) => void turns.set(edge, index + 1))
  }
  return plain.map(edge => ({ ...edge, turn: turns.get(edge), closesLoop: loops.has(edge) }))
}

/** The places of all steps, each behind those that it reads, but for edges that close a loop; else as given. */
export function drawingOrder(steps: readonly Step[], edges: readonly Edge[]): readonly number[] {
  const forward = edges.filter(edge => !edge.closesLoop)
  const readers = Map.groupBy(forward, edge => edge.from)
  const missing = steps.map(() => 0)
  for (const { to } of forward) missing[to] = (missing[to] ?? 0) + 1
  const order = steps.flatMap((_, place) => (missing[place] === 0 ? [place] : []))
  for (const place of order) {
    for (const { to } of readers.get(place) ?? []) {
      const left = (missing[to] ?? 0) - 1
      missing[to] = left
      if (left === 0) order.push(to)
    }
  }
  return order
}

/** What is written at an edge, such as `2: late · 1 204 · 35/s`; the empty string for nothing. */
export function edgeLabel(edge: Edge): string {
  const rest = [edge.output, edge.count === undefined ? undefined : countText(edge.count)]
  const text = rest.filter(part => part !== undefined).join(' · ')
  if (edge.turn === undefined) return text
  return text === '' ? String(edge.turn) : `${edge.turn}: ${text}`
}

/** Such as `1 204 · 35/s`. */
export function countText(count: EdgeCount): string {
  const elements = numberText(count.count)
  return count.perSecond === undefined ? elements : `${elements} · ${rateText(count.perSecond)}`
}

/** Such as `35/s`: whole from ten on, one place below. */
export function rateText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s'
  return `${numberText(perSecond < 9.95 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond))}/s`
}

/** With spaces between the thousands; only what is below ten keeps a decimal place. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '?'
  const rounded = Math.abs(value) < 10 ? value : Math.round(value)
  return String(rounded).replace(/\B(?=(\d{3})+$)/g, NO_BREAK_SPACE)
}

interface PlainEdge {
  readonly from: number
  readonly to: number
}

/**
 * The edges that lead back to a step on the way to them, searching from the steps that read nothing
 * first, then from the first ones that are left: the loop of a graph without a beginning is cut where
 * it was begun to be built.
 */
function findLoops<E extends PlainEdge>(steps: number, edges: readonly E[]): ReadonlySet<E> {
  const readers = Map.groupBy(edges, edge => edge.from)
  const read = new Set(edges.map(edge => edge.to))
  const all = Array.from({ length: steps }, (_, place) => place)
  const roots = [...all.filter(place => !read.has(place)), ...all]
  const state = new Map<number, 'onTheWay' | 'done'>()
  const loops = new Set<E>()
  for (const root of roots) {
    if (state.has(root)) continue
    state.set(root, 'onTheWay')
    // a stack of our own: graphs may be deeper than calls
    const way = [{ place: root, next: 0 }]
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const edge = readers.get(top.place)?.[top.next++]
      if (edge === undefined) {
        state.set(top.place, 'done')
        way.pop()
      } else if (state.get(edge.to) === 'onTheWay') {
        loops.add(edge)
      } else if (!state.has(edge.to)) {
        state.set(edge.to, 'onTheWay')
        way.push({ place: edge.to, next: 0 })
      }
    }
  }
  return loops
}

function edgeName(from: Port, to: string): string {
  return JSON.stringify([from.step, from.output ?? null, to])
}

function portName(from: number, output: string | undefined): string {
  return JSON.stringify([from, output ?? null])
}
