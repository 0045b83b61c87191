/**
 * A graph as text for terminals: a line a step. A step that alone reads the one above stands right
 * below it, so that only branches indent and long chains stay narrow.
 */
import { type Edge, type EdgeCount, edgesOf, numberText, rateText } from './edges.ts'
import type { Graph } from './graph.ts'
import { detailOf } from './json.ts'
import { plainText } from './plain-text.ts'
import type { Step } from './step.ts'

interface Line {
  readonly text: string
  readonly count: EdgeCount | undefined
}

interface Task {
  readonly place: number
  /** The edge by which the step is reached; undefined for a root. */
  readonly edge: Edge | undefined
  readonly indent: string
  readonly shape: 'only' | 'middle' | 'last'
}

/** Draws the graph as text; with counts, these stand in front of the step that reads. */
export function drawText(graph: Graph, counts: readonly EdgeCount[] = []): string {
  const edges = edgesOf(graph, counts)
  const readers = Map.groupBy(edges, edge => edge.from)
  const read = new Set(edges.map(edge => edge.to))
  const places = graph.steps.map((_, place) => place)
  const beginnings = places.filter(place => !read.has(place))
  // loops without a beginning: the first step of each that was not drawn yet
  const cuts = new Set(edges.filter(edge => edge.closesLoop).map(edge => edge.to))
  const cut = places.filter(place => cuts.has(place))
  const lines: Line[] = [{ text: plainText(graph.name), count: undefined }]
  const drawn = new Set<number>()
  const roots = [...beginnings, ...reachedByNone(cut, beginnings, readers)]
  const tasks = roots.map(
    (place, index): Task => ({
      place,
      edge: undefined,
      indent: '',
      shape: index < roots.length - 1 ? 'middle' : 'last',
    }),
  )
  tasks.reverse()
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const step = graph.steps[task.place]
    if (step === undefined) continue
    lines.push(lineOf(task, step, drawn.has(task.place)))
    if (drawn.has(task.place)) continue
    drawn.add(task.place)
    const below = task.indent + { only: '', middle: '│  ', last: '   ' }[task.shape]
    const next = readers.get(task.place) ?? []
    tasks.push(
      ...next
        .map((edge, index): Task => {
          const shape = next.length === 1 ? 'only' : index < next.length - 1 ? 'middle' : 'last'
          return { place: edge.to, edge, indent: below, shape }
        })
        .toReversed(),
    )
  }
  return `${withCounts(lines).join('\n')}\n`
}

/** What a step is, in a line. */
export function describe(step: Step): string {
  const detail = detailOf(step)
  const kind = step.kind === step.name ? '' : `, ${step.kind}`
  return plainText(`${step.id} (${step.name}${kind}${detail === '' ? '' : `: ${detail}`})`)
}

function lineOf(task: Task, step: Step, isAgain: boolean): Line {
  const branch = { only: isAgain ? '' : '↓ ', middle: '├─ ', last: '└─ ' }[task.shape]
  const output = task.edge?.output === undefined ? '' : `[${task.edge.output}] `
  const again = `${task.edge?.closesLoop ? '↺' : '→'} ${plainText(step.id)}`
  return {
    text: `${task.indent}${branch}${plainText(output)}${isAgain ? again : describe(step)}`,
    count: task.edge?.count,
  }
}

/** Those of `candidates` that cannot be reached from `beginnings`, nor from one before them. */
function reachedByNone(
  candidates: readonly number[],
  beginnings: readonly number[],
  readers: ReadonlyMap<number, readonly Edge[]>,
): readonly number[] {
  const reached = new Set<number>()
  const reach = (start: number): void => {
    const open = [start]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (reached.has(place)) continue
      reached.add(place)
      open.push(...(readers.get(place) ?? []).map(edge => edge.to))
    }
  }
  beginnings.forEach(reach)
  return candidates.filter(place => {
    const isNew = !reached.has(place)
    reach(place)
    return isNew
  })
}

/** Counts and rates in columns of their own, to the right-hand side of each, in front of all. */
function withCounts(lines: readonly Line[]): readonly string[] {
  if (lines.every(line => line.count === undefined)) return lines.map(line => line.text)
  const columns = lines.map(({ count }) => ({
    elements: count === undefined ? '' : numberText(count.count),
    rate: count?.perSecond === undefined ? '' : rateText(count.perSecond),
  }))
  const elementsWidth = Math.max(...columns.map(({ elements }) => elements.length))
  const rateWidth = Math.max(...columns.map(({ rate }) => rate.length))
  return lines.map(({ text }, index) => {
    const { elements, rate } = columns[index] ?? { elements: '', rate: '' }
    const dot = rateWidth === 0 ? '' : rate === '' ? '   ' : ' · '
    return `${elements.padStart(elementsWidth)}${dot}${rate.padStart(rateWidth)}  ${text}`
  })
}
