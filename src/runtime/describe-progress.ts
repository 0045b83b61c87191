/** Where a worker stands, for people and tools. */
import type { Counters, Task } from '../engine/index.ts'
import type { Progress } from '../observe/index.ts'
import type { Clock } from '../time/index.ts'

/** The progress of one worker with these tasks. */
export function describeProgress(
  worker: number,
  tasks: readonly Task[],
  counters: Counters,
  clock: Clock,
): Progress {
  const inputs = tasks.flatMap(task => task.parts.inputs)
  // A source that no time step reads has no watermark, and holds none up.
  const timed = inputs.filter(
    input => input.kind === 'source' && input.watermark !== Number.POSITIVE_INFINITY,
  )
  const active = timed.map(input => input.describe()).filter(input => !input.idle)
  const holder = active.reduce<(typeof active)[number] | undefined>(
    (lowest, input) => (lowest === undefined || isBelow(input.watermark, lowest.watermark) ? input : lowest),
    undefined,
  )
  let stateEntries = 0
  for (const task of tasks) for (const process of task.parts.processes) stateEntries += process.state.size
  return {
    type: 'progress',
    worker,
    time: clock.now(),
    ...counters,
    stateEntries,
    inputs: inputs.map(input => input.describe()),
    watermark: holder?.watermark ?? null,
    heldBy: holder === undefined ? null : `${holder.step}/${holder.partition}`,
  }
}

/** Whether a watermark is lower than another; null, before the first record, is the lowest. */
function isBelow(watermark: number | null, other: number | null): boolean {
  if (other === null) return false
  return watermark === null || watermark < other
}
