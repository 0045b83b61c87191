/** Ways through such a graph: what is above a step, and all that hangs together. */
import type { Due } from '../due.ts'
import type { Operator } from '../operator.ts'
import type { PushOutput } from './push-output.ts'
import type { PushStep } from './push-step.ts'
import type { SourceRun } from './source-run.ts'

/** The steps above an output, its own included. */
export function stepsAbove(output: PushOutput): ReadonlySet<PushStep> {
  return reach(output, step => step.inputs.map(({ from }) => from.owner))
}

/** Whether an edge from this output to the step would close a loop. */
export function isAbove(step: PushStep, output: PushOutput): boolean {
  return stepsAbove(output).has(step)
}

/** All steps that hang together with an output, in the order in which they were built. */
export function componentOf(output: PushOutput): readonly PushStep[] {
  const steps = reach(output, step => [
    ...step.inputs.map(({ from }) => from.owner),
    ...[step.main, ...step.sides.values()].flatMap(({ readers }) => readers.map(reader => reader.owner)),
  ])
  return [...steps].sort((a, b) => a.number - b.number)
}

/** The sources that feed an output. */
export function sourcesAbove(output: PushOutput): readonly SourceRun[] {
  return [...stepsAbove(output)].flatMap(step => step.source ?? [])
}

/** Whether this is the operator of a time step: it wants to hear what timers wait for. */
export function givesTime(operator: Operator): operator is Operator & { readonly due: Due } {
  return 'due' in operator
}

/** Lets the time steps above a step hear what its timers wait for. */
export function hearTimers(step: PushStep, outputs: readonly PushOutput[]): void {
  const { dues } = step.graph.scope
  for (const output of outputs) {
    for (const { operator } of stepsAbove(output)) {
      if (!givesTime(operator)) continue
      if (!dues.includes(operator.due)) dues.push(operator.due)
    }
  }
}

function reach(
  output: PushOutput,
  neighbours: (step: PushStep) => readonly (PushStep | undefined)[],
): ReadonlySet<PushStep> {
  const found = new Set<PushStep>()
  const open = [output.owner]
  for (let step = open.pop(); open.length > 0 || step !== undefined; step = open.pop()) {
    if (step === undefined || found.has(step)) continue
    found.add(step)
    open.push(...neighbours(step))
  }
  return found
}
