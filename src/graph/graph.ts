/**
 * The pure description of steps and edges: immutable, checked when it is made, runs nothing.
 */
import { GraphError, InternalError } from '../errors.ts'
import type { Port, Step } from './step.ts'

/** A checked graph; `steps` are in the order of construction, which is a topological order. */
export interface Graph {
  readonly name: string
  readonly steps: readonly Step[]
}

/** Checks the steps and makes them a graph. Throws `GraphError`. */
export function makeGraph(name: string, steps: readonly Step[]): Graph {
  const graph: Graph = { name, steps: sortSteps(name, steps) }
  checkNotEmpty(graph)
  for (const step of graph.steps) {
    checkInputs(graph, step)
    if (step.kind === 'process' && step.logic.kind === 'time') checkEventTime(graph, step)
    checkRecordKey(graph, step)
  }
  return graph
}

/** The step with this id; the graph is known to have it. */
export function stepOf(graph: Graph, id: string): Step {
  const step = graph.steps.find(candidate => candidate.id === id)
  if (step === undefined) throw new InternalError(`no step ${id} in graph ${graph.name}`)
  return step
}

/** Who reads a port, in the order of construction. */
export function readersOf(graph: Graph, port: Port): readonly Step[] {
  return graph.steps.filter(step => step.inputs.some(input => isSamePort(input, port)))
}

/** All steps above a step, itself not included, nearest first. */
export function upstreamOf(graph: Graph, step: Step): readonly Step[] {
  const found = new Set<Step>()
  const visit = (below: Step): void => {
    for (const input of below.inputs) {
      const above = stepOf(graph, input.step)
      if (found.has(above)) continue
      found.add(above)
      visit(above)
    }
  }
  visit(step)
  return [...found]
}

/** Whether elements of a step come to an input that does not move event time: a table, rules. */
export function feedsUntimed(graph: Graph, step: Step): boolean {
  return graph.steps.some(reader => {
    const logic = reader.kind === 'process' ? reader.logic : undefined
    const untimed = logic?.kind === 'kernel' ? (logic.factory.untimed ?? []) : []
    return untimed.some(number => {
      const input = reader.inputs[number]
      const above = input === undefined ? undefined : stepOf(graph, input.step)
      return above !== undefined && (above === step || upstreamOf(graph, above).includes(step))
    })
  })
}

function isSamePort(a: Port, b: Port): boolean {
  return a.step === b.step && a.output === b.output
}

/** The late stream may be read before its window was built, so the order of construction is not always the order of data. */
function sortSteps(name: string, steps: readonly Step[]): readonly Step[] {
  const sorted: Step[] = []
  const placed = new Set<string>()
  let rest = steps
  while (rest.length > 0) {
    const ready = rest.filter(step => step.inputs.every(input => placed.has(input.step)))
    if (ready.length === 0) {
      throw new GraphError(
        'GRAPH_INVALID',
        `the steps ${rest.map(step => step.id).join(', ')} of app "${name}" form a cycle`,
      )
    }
    const first = ready[0]
    if (first === undefined) break
    sorted.push(first)
    placed.add(first.id)
    rest = rest.filter(step => step !== first)
  }
  return sorted
}

function checkNotEmpty(graph: Graph): void {
  if (graph.steps.some(step => step.kind === 'source')) return
  throw new GraphError(
    'GRAPH_INVALID',
    `app "${graph.name}" reads nothing: begin with app.stream(app.topic(…))`,
  )
}

function checkInputs(graph: Graph, step: Step): void {
  const twice = step.inputs.find((input, index) =>
    step.inputs.slice(0, index).some(other => isSamePort(input, other)),
  )
  if (twice !== undefined) {
    throw new GraphError(
      'GRAPH_INVALID',
      `step "${step.id}" in app "${graph.name}" reads the stream of "${twice.step}" twice; to have each element twice use flatMap(e => [e, e])`,
      { step: step.id },
    )
  }
  if (step.kind === 'source' ? step.inputs.length === 0 : step.inputs.length > 0) return
  throw new GraphError(
    'GRAPH_INVALID',
    `step "${step.id}" in app "${graph.name}" has ${step.inputs.length} inputs`,
  )
}

/** Only what comes straight from a topic has the key of its record; it does not travel through exchanges. */
function checkRecordKey(graph: Graph, step: Step): void {
  if (step.kind !== 'exchange' || step.key.kind !== 'record') return
  const above = upstreamOf(graph, step).find(isBehindRecords)
  if (above === undefined) return
  throw new GraphError(
    'GRAPH_INVALID',
    `keyBy() stands behind "${above.id}" in app "${graph.name}", where elements have no record's key any more; key by a field or a function: keyBy('field')`,
    { step: step.id },
  )
}

function isBehindRecords(above: Step): boolean {
  return above.kind === 'exchange' || (above.kind === 'process' && above.logic.kind === 'kernel')
}

/** Watermarks belong to source partitions; behind a re-keying their order is gone. */
function checkEventTime(graph: Graph, step: Step): void {
  for (const above of upstreamOf(graph, step)) {
    const problem = whyNoEventTimeBehind(above)
    if (problem === undefined) continue
    throw new GraphError(
      'GRAPH_INVALID',
      `${step.name} stands behind "${above.id}" in app "${graph.name}", but ${problem}; move ${step.name} before it, next to the source`,
      { step: step.id },
    )
  }
}

function whyNoEventTimeBehind(step: Step): string | undefined {
  if (step.kind === 'exchange')
    return 'after a keyBy the records of a source partition are no longer in its order'
  if (step.kind === 'process' && step.logic.kind === 'kernel') {
    return 'its results are made by timers and have their own time already'
  }
  if (step.kind === 'async' && step.order !== 'all')
    return 'an unordered asynchronous step changes the order of records'
  return undefined
}
