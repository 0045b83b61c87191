/** Brings the progress of tasks back to what their last commit says. */
import { decodeProgress, type Task } from '../engine/index.ts'
import { StateError } from '../errors.ts'

/** Where the progress that was stored with an input's position is found. */
export type StoredProgress = (step: string, partition: number) => Uint8Array

/**
 * For all tasks together: elements in flight first, then watermarks, which wait behind those elements
 * as they did before. An element belongs to the task that has its step now: an exchange may have come
 * or gone since. Throws `STATE_MISMATCH` for elements of a step that is not in the program any more.
 */
export function restoreProgress(app: string, tasks: readonly Task[], progressOf: StoredProgress): void {
  const stored = tasks.flatMap(task =>
    task.parts.inputs.map(input => {
      const progress = decodeProgress(progressOf(input.step, input.partition))
      return { task, input, progress }
    }),
  )
  for (const { task, progress } of stored) {
    for (const { step, value, context } of progress.inFlight) {
      const { index } = task.parts
      const owner = tasks.find(other => other.parts.index === index && other.parts.steps.has(step))
      if (owner === undefined) throw orphanedElement(app, step)
      owner.parts.steps.get(step)?.resumeElement(value, context)
    }
  }
  for (const { input, progress } of stored) input.restore(progress)
  for (const task of tasks) task.tellWatermarks()
}

function orphanedElement(app: string, step: string): StateError {
  return new StateError(
    'STATE_MISMATCH',
    `elements were in flight at step "${step}" when app "${app}" stopped, but the program has no such step: give the step its id back, or reset the group`,
    { step },
  )
}
