/** Ways through a live graph: what is above a step, and all that hangs together. */
import { OwnTime, type SourceRun } from '../../engine/index.ts'
import type { LiveNode } from './live-node.ts'
import type { LiveOutput } from './live-output.ts'

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
export function sourcesAbove(output: LiveOutput): readonly SourceRun[] {
  return [...nodesAbove(output)].flatMap(node => node.source ?? [])
}

/** Lets the time steps above a step hear what its timers wait for. Says whether there are any. */
export function hearTimers(node: LiveNode, outputs: readonly LiveOutput[]): boolean {
  const { dues } = node.graph.scope
  let found = false
  for (const output of outputs) {
    for (const { operator } of nodesAbove(output)) {
      if (!(operator instanceof OwnTime)) continue
      found = true
      if (!dues.includes(operator.due)) dues.push(operator.due)
    }
  }
  return found
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
