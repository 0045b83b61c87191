/** Steps whose results go nowhere: nearly always a line that was forgotten. */
import { type Graph, readersOf, type Step } from '../graph/index.ts'
import { type Finding, warning } from './finding.ts'

/** One warning for each end of the graph that is no sink. */
export function unreadSteps(graph: Graph): readonly Finding[] {
  return graph.steps.filter(step => step.kind !== 'sink' && !isRead(graph, step)).map(describe)
}

function isRead(graph: Graph, step: Step): boolean {
  const outputs = step.kind === 'process' ? [undefined, ...step.outputs] : [undefined]
  return outputs.some(output => readersOf(graph, { step: step.id, output }).length > 0)
}

function describe(step: Step): Finding {
  if (step.kind === 'exchange') {
    return warning(
      `nothing is computed behind "${step.id}": a window or running() gives nothing by itself`,
      'call an aggregation on it, such as .sum(…), .count() or .reduce(…), and send its results somewhere',
    )
  }
  return warning(
    `nobody reads the results of step "${step.id}"`,
    'end the stream with .to(topic) or .print(), or leave it out',
  )
}
