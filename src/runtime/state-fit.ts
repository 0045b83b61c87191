/** Whether what earlier runs left fits a program: each step leaves a fingerprint, and reads what has the same. */
import { StateError } from '../errors.ts'
import type { Graph, Step } from '../graph/index.ts'

/** What is compared. */
export interface StateParts {
  readonly graph: Graph
  /** What earlier runs left, by step. */
  readonly stored: Readonly<Record<string, string>>
  readonly current: Readonly<Record<string, string>>
  readonly dropState: readonly string[]
}

/** What a step leaves behind, or undefined for one that leaves nothing. */
export function fingerprintOf(step: Step): string | undefined {
  if (step.kind === 'source') return `source ${step.topic.name}`
  if (step.kind === 'exchange') return 'exchange'
  if (step.kind === 'process' && step.logic.kind === 'kernel') return step.logic.factory.fingerprint
  return undefined
}

/** Whether this is what a step leaves by which elements come into tasks: a position, and no state. */
export function isInput(fingerprint: string | undefined): boolean {
  return fingerprint === 'exchange' || fingerprint?.startsWith('source ') === true
}

/** Whether the step of this id reads what one with this fingerprint left behind. */
export function readsState(graph: Graph, id: string, fingerprint: string): boolean {
  const step = graph.steps.find(candidate => candidate.id === id)
  if (step === undefined) return false
  if (fingerprintOf(step) === fingerprint) return true
  return (
    step.kind === 'process' &&
    step.logic.kind === 'kernel' &&
    step.logic.factory.reads?.(fingerprint) === true
  )
}

/** The fingerprints of the steps that leave anything, by step. */
export function fingerprintsOf(graph: Graph): Record<string, string> {
  const current: Record<string, string> = {}
  for (const step of graph.steps) {
    const fingerprint = fingerprintOf(step)
    if (fingerprint !== undefined) current[step.id] = fingerprint
  }
  return current
}

/** Compares what earlier runs of an app left with the program. Throws `STATE_MISMATCH`. */
export function checkState(app: string, parts: StateParts): void {
  const { graph, stored, dropState } = parts
  for (const step of dropState) {
    if (stored[step] !== undefined) continue
    const known = Object.keys(stored).join(', ') || 'none'
    throw new StateError(
      'STATE_MISMATCH',
      `there is no state of a step "${step}" to drop; there is state of: ${known}`,
    )
  }
  const problems = Object.entries(stored)
    .filter(([step, fingerprint]) => !dropState.includes(step) && !readsState(graph, step, fingerprint))
    .map(([step, fingerprint]) => describeMismatch(parts, step, fingerprint))
  if (problems.length === 0) return
  const added = newSteps(parts)
  if (added.length > 0) problems.push(`  new in the program, and without state: ${added.join(', ')}`)
  throw new StateError(
    'STATE_MISMATCH',
    `earlier runs of app "${app}" left state that does not fit this program:\n${problems.join('\n')}\nNothing was changed.`,
  )
}

function describeMismatch(
  { graph, stored, current, dropState }: StateParts,
  step: string,
  fingerprint: string,
): string {
  const now = current[step]
  const drop = `run once with --drop-state ${step}`
  if (now !== undefined) {
    return `  step "${step}" was "${fingerprint}" and is now "${now}": give the step its old meaning or id back, or ${drop}`
  }
  const gone = `  step "${step}" (${fingerprint}) is not in the program any more`
  const [like, ...others] = newSteps({ graph, stored, current, dropState }).filter(id =>
    readsState(graph, id, fingerprint),
  )
  if (like === undefined) return `${gone}: give the step its old meaning or id back, or ${drop}`
  const also = others.length === 0 ? '' : ` (or ${others.join(', ')})`
  return `${gone}; if it is now "${like}"${also}, run once with --rename-state ${step}=${like}; else give it its old id back, or ${drop}`
}

/** Steps that leave something, and have left nothing so far. */
function newSteps({ stored, current }: StateParts): readonly string[] {
  return Object.keys(current).filter(step => stored[step] === undefined)
}
