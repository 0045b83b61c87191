/**
 * Each worker loads the program anew. Were its graph another one than the supervisor has prepared, tasks
 * would be nobody's, or write to topics that do not exist.
 */
import { GraphError } from '../errors.ts'
import type { GraphJson, StepJson } from '../graph/index.ts'

/** Throws `GRAPH_INVALID` when the two differ. */
export function checkSameGraph(prepared: GraphJson, loaded: GraphJson): void {
  if (isSame(prepared, loaded)) return
  const { length } = loaded.steps.length > prepared.steps.length ? loaded.steps : prepared.steps
  const pairs = Array.from({ length }, (_, index) => [prepared.steps[index], loaded.steps[index]] as const)
  const [before, now] = pairs.find(pair => !isSame(...pair)) ?? []
  const what =
    before === undefined && now === undefined
      ? `app "${prepared.name}", and then app "${loaded.name}"`
      : `${stepText(before)}, and then ${stepText(now)}`
  throw new GraphError(
    'GRAPH_INVALID',
    `app "${prepared.name}" is another one each time that it is loaded: first ${what}. ` +
      'Every worker loads the program: build it without process ids, clocks and chance',
  )
}

function stepText(step: StepJson | undefined): string {
  return step === undefined
    ? 'one step less'
    : `step "${step.id}" (${[step.kind, step.detail].filter(text => text !== '').join(', ')})`
}

/** Whatever way it came from another process: that may leave out what is undefined. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
