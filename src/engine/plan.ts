/**
 * Graph → fragments → tasks, decided purely from the graph and a few facts.
 *
 * A fragment is the part of a graph between exchanges; a task is one fragment × one index, which is
 * the source partition and the shard alike. An exchange whose input is partitioned by the same key
 * already is left out: its two sides are one fragment.
 */
import { GraphError } from '../errors.ts'
import {
  type ExchangeStep,
  type Graph,
  type ProcessStep,
  readersOf,
  type Step,
  stepOf,
} from '../graph/index.ts'

/** What a plan depends on beside the graph. */
export interface PlanFacts {
  /** The number of slices of the key space, fixed at the app's first run. */
  readonly shards: number
  /** How many partitions each input topic has. */
  readonly partitions: ReadonlyMap<string, number>
  /** Exchanges that still hold something of an earlier run, and so are not left out. */
  readonly held?: ReadonlySet<string>
}

/** One input of a fragment: a source, or the receiving side of an exchange. */
export interface FragmentInput {
  readonly step: string
  readonly kind: 'source' | 'exchange'
  readonly partitions: number
}

/** A part of the graph between exchanges. */
export interface Fragment {
  readonly index: number
  /** Its steps in topological order; an exchange belongs to the fragment that sends. */
  readonly steps: readonly Step[]
  readonly inputs: readonly FragmentInput[]
  /** How many tasks it has. */
  readonly tasks: number
  /** How many exchanges lie above it, at most: what is deeper is drained first. */
  readonly depth: number
}

/** One exchange that is not left out. */
export interface PlannedExchange {
  readonly step: ExchangeStep
  readonly from: Fragment
  readonly to: Fragment
  /** The channels that every shard receives, by name. */
  readonly channels: readonly string[]
  /** The only step behind it, when that can take partial aggregates. */
  readonly partialFor: ProcessStep | undefined
}

/** Fragments, and the exchanges between them. */
export interface Plan {
  readonly graph: Graph
  readonly shards: number
  readonly fragments: readonly Fragment[]
  readonly exchanges: readonly PlannedExchange[]
  /** The exchanges that are left out. */
  readonly leftOut: ReadonlySet<string>
}

/** Makes the plan. Throws `GraphError` when the facts do not allow one. */
export function makePlan(graph: Graph, facts: PlanFacts): Plan {
  const leftOut = new Set(
    graph.steps
      .filter(step => step.kind === 'exchange')
      .filter(step => facts.held?.has(step.id) !== true && isPartitionedAlready(graph, step, facts))
      .map(step => step.id),
  )
  const fragments = makeFragments(graph, leftOut, facts)
  const exchanges = graph.steps
    .filter(step => step.kind === 'exchange')
    .filter(step => !leftOut.has(step.id))
    .flatMap(step => planExchange(graph, fragments, step))
  return { graph, shards: facts.shards, fragments, exchanges, leftOut }
}

/** The name of a task, which is also that of its channel behind an exchange. */
export function taskName(fragment: Fragment, index: number): string {
  return `${fragment.inputs[0]?.step ?? '?'}/${index}`
}

/** Whether the topic's own partitioning will do: same key, same partitioner, as many partitions as shards. */
function isPartitionedAlready(graph: Graph, exchange: ExchangeStep, facts: PlanFacts): boolean {
  if (exchange.key.kind === 'function' || exchange.key.kind === 'all') return false
  let above: Step = exchange
  for (;;) {
    const input = above.inputs[0]
    if (input === undefined || above.inputs.length > 1) return false
    above = stepOf(graph, input.step)
    if (above.kind === 'source') break
    if (!keepsRecord(above)) return false
  }
  const { name, keyedBy } = above.topic
  if (keyedBy === undefined || facts.partitions.get(name) !== facts.shards) return false
  return exchange.key.kind === 'record' || exchange.key.field === keyedBy
}

/** Steps that neither change the value nor where it is: filter, peek and the time steps. */
function keepsRecord(step: Step): boolean {
  if (step.kind === 'filter') return true
  if (step.kind === 'map') return step.name === 'peek'
  return step.kind === 'process' && step.logic.kind === 'time'
}

function makeFragments(graph: Graph, leftOut: ReadonlySet<string>, facts: PlanFacts): readonly Fragment[] {
  const roots = uniteSteps(graph, leftOut)
  const groups = new Map<Step, Step[]>()
  for (const step of graph.steps) {
    const root = roots.get(step) ?? step
    const group = groups.get(root)
    if (group === undefined) groups.set(root, [step])
    else group.push(step)
  }
  const fragments: Fragment[] = []
  for (const steps of groups.values()) {
    const inputs = inputsOf(graph, steps, leftOut, facts)
    const tasks = Math.max(...inputs.map(input => input.partitions))
    fragments.push({ index: fragments.length, steps, inputs, tasks, depth: depthOf(graph, steps, leftOut) })
  }
  return fragments
}

/** Union–find over all edges but those through an exchange that is there. */
function uniteSteps(graph: Graph, leftOut: ReadonlySet<string>): ReadonlyMap<Step, Step> {
  const parents = new Map<Step, Step>(graph.steps.map(step => [step, step]))
  const find = (step: Step): Step => {
    const parent = parents.get(step) ?? step
    return parent === step ? step : find(parent)
  }
  const firstReaders = new Map<Step, Step>()
  for (const step of graph.steps) {
    for (const input of step.inputs) {
      const above = stepOf(graph, input.step)
      if (above.kind !== 'exchange' || leftOut.has(above.id)) {
        parents.set(find(step), find(above))
        continue
      }
      // All readers of one exchange share its receiving side.
      const first = firstReaders.get(above) ?? step
      firstReaders.set(above, first)
      parents.set(find(step), find(first))
    }
  }
  return new Map(graph.steps.map(step => [step, find(step)]))
}

function inputsOf(
  graph: Graph,
  steps: readonly Step[],
  leftOut: ReadonlySet<string>,
  facts: PlanFacts,
): readonly FragmentInput[] {
  const inputs: FragmentInput[] = []
  for (const step of steps) {
    if (step.kind === 'source') {
      inputs.push({ step: step.id, kind: 'source', partitions: facts.partitions.get(step.topic.name) ?? 1 })
    }
    for (const input of step.inputs) {
      const above = stepOf(graph, input.step)
      if (above.kind !== 'exchange' || leftOut.has(above.id)) continue
      if (inputs.some(known => known.step === above.id)) continue
      inputs.push({ step: above.id, kind: 'exchange', partitions: facts.shards })
    }
  }
  return inputs
}

function depthOf(graph: Graph, steps: readonly Step[], leftOut: ReadonlySet<string>): number {
  let depth = 0
  const visit = (step: Step, exchanges: number): void => {
    const next = exchanges + (step.kind === 'exchange' && !leftOut.has(step.id) ? 1 : 0)
    depth = Math.max(depth, next)
    for (const input of step.inputs) visit(stepOf(graph, input.step), next)
  }
  for (const step of steps) for (const input of step.inputs) visit(stepOf(graph, input.step), 0)
  return depth
}

function planExchange(
  graph: Graph,
  fragments: readonly Fragment[],
  step: ExchangeStep,
): readonly PlannedExchange[] {
  const readers = readersOf(graph, { step: step.id, output: undefined })
  const from = fragments.find(fragment => fragment.steps.includes(step))
  const to = fragments.find(fragment => fragment.inputs.some(input => input.step === step.id))
  if (from === undefined) throw new GraphError('GRAPH_INVALID', `step "${step.id}" belongs to no fragment`)
  if (to === undefined) return []
  const channels = Array.from({ length: from.tasks }, (_, index) => taskName(from, index))
  return [{ step, from, to, channels, partialFor: partialStep(graph, readers) }]
}

function partialStep(graph: Graph, readers: readonly Step[]): ProcessStep | undefined {
  const [reader] = readers
  if (readers.length !== 1 || reader?.kind !== 'process' || reader.logic.kind !== 'kernel') return undefined
  if (!reader.nature.mergeable || reader.logic.factory.partial === undefined) return undefined
  if (reader.onError.attempts > 1) return undefined
  const late = readersOf(graph, { step: reader.id, output: 'late' })
  return late.length === 0 ? reader : undefined
}
