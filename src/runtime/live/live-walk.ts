/** Ways through a live graph: what is above a step, and all that hangs together. */
import type { EdgeCount, Graph, Step, TopicSpec } from '../../graph/index.ts'
import type { LiveNode } from './live-node.ts'
import type { LiveOutput } from './live-output.ts'
import type { LiveSource } from './live-source.ts'
import { LiveTime } from './live-time.ts'

/** The steps above an output, its own included. */
export function nodesAbove(output: LiveOutput): ReadonlySet<LiveNode> {
  return reach(output, node => node.inputs.map(({ from }) => from.node))
}

/** Whether an edge from this output to the step would close a loop. */
export function isAbove(node: LiveNode, output: LiveOutput): boolean {
  return nodesAbove(output).has(node)
}

/** All steps that hang together with an output, in the order in which they were built. */
export function componentOf(output: LiveOutput): readonly LiveNode[] {
  const nodes = reach(output, node => [
    ...node.inputs.map(({ from }) => from.node),
    ...[node.main, ...node.sides.values()].flatMap(({ readers }) => readers.map(reader => reader.node)),
  ])
  return [...nodes].sort((a, b) => a.number - b.number)
}

/** The sources that feed an output. */
export function sourcesAbove(output: LiveOutput): readonly LiveSource[] {
  return [...nodesAbove(output)].flatMap(node => node.source ?? [])
}

/** Lets the time steps above a step hear what its timers wait for. Says whether there are any. */
export function hearTimers(node: LiveNode, outputs: readonly LiveOutput[]): boolean {
  const { dues } = node.graph.scope
  let found = false
  for (const output of outputs) {
    for (const { operator } of nodesAbove(output)) {
      if (!(operator instanceof LiveTime)) continue
      found = true
      if (!dues.includes(operator.due)) dues.push(operator.due)
    }
  }
  return found
}

/** The graph as it is now, for pictures. */
export function describe(output: LiveOutput): Graph {
  const steps = componentOf(output).map(stepOf)
  return { name: output.graph.name, steps }
}

/** What has passed each edge since the first call; from then on no reader is called without a detour. */
export function countEdges(output: LiveOutput): readonly EdgeCount[] {
  return componentOf(output).flatMap(node =>
    [node.main, ...node.sides.values()].flatMap(each => {
      if (!each.isWatched) {
        each.isWatched = true
        each.node?.relink()
      }
      const perSecond = rateOf(each)
      return each.readers.map(reader => ({
        step: node.id,
        output: each.output,
        reader: reader.node?.id ?? '',
        count: each.count,
        perSecond,
      }))
    }),
  )
}

/** Elements a second since the last time they were told. */
function rateOf(output: LiveOutput): number | undefined {
  const { told, count } = output
  const at = output.graph.scope.clock.monotonic()
  if (told === undefined || at > told.at) output.told = { count, at }
  return told === undefined || at <= told.at ? undefined : ((count - told.count) * 1000) / (at - told.at)
}

/** What stands for the topic of a source that reads none. */
const NO_TOPIC: TopicSpec = {
  name: '',
  codec: { name: '', fingerprint: '', decode: () => undefined, encode: () => {} },
  keyedBy: undefined,
  partitions: undefined,
  rules: {},
  from: { kind: 'latest' },
}

function stepOf(node: LiveNode): Step {
  const inputs = node.inputs.map(({ from }) => ({ step: from.step ?? '', output: from.output }))
  if (node.draft !== undefined) return { ...node.draft, id: node.id, inputs }
  return {
    kind: 'source',
    id: node.id,
    name: 'stream',
    inputs,
    within: [],
    nature: { order: 'any', stateful: false, mergeable: false, retracting: false, processingTime: false },
    onError: { attempts: 1, backOffMs: 0, final: 'fail' },
    topic: NO_TOPIC,
    live: node.source?.name ?? 'emit',
  }
}

function reach(
  output: LiveOutput,
  neighbours: (node: LiveNode) => readonly (LiveNode | undefined)[],
): ReadonlySet<LiveNode> {
  const found = new Set<LiveNode>()
  const open = [output.node]
  for (let node = open.pop(); open.length > 0 || node !== undefined; node = open.pop()) {
    if (node === undefined || found.has(node)) continue
    found.add(node)
    open.push(...neighbours(node))
  }
  return found
}
