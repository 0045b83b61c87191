/** Where a worker stands, for people and tools. */
import type { Counters, Plan, Task } from '../engine/index.ts'
import type { HeapUse, Latency, Progress } from '../observe/index.ts'
import type { Clock } from '../time/index.ts'
import { describeSteps } from './describe-steps.ts'

/** What a worker knows of itself. */
export interface WorkerView {
  readonly worker: number
  readonly plan: Plan
  readonly tasks: readonly Task[]
  /** Whether exchanges are calls within this worker. */
  readonly inMemory: boolean
  readonly counters: Counters
  readonly commitLatency: Latency
  readonly heap: HeapUse
  readonly pausedSince?: number | undefined
}

/** The progress of one worker. */
export function describeProgress(view: WorkerView, clock: Clock): Progress {
  const { worker, plan, tasks, inMemory, counters, commitLatency, heap, pausedSince } = view
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
  for (const entries of stateSizes(tasks).values()) stateEntries += entries
  return {
    type: 'progress',
    worker,
    time: clock.now(),
    ...counters,
    stateEntries,
    inputs: inputs.map(input => input.describe()),
    steps: describeSteps(plan, tasks, inMemory),
    commitLatency: commitLatency.read(),
    heap,
    watermark: holder?.watermark ?? null,
    heldBy: holder === undefined ? null : `${holder.step}/${holder.partition}`,
    ...(pausedSince === undefined ? {} : { pausedSince }),
  }
}

/** Entries in keyed state, by step. */
export function stateSizes(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const task of tasks) {
    for (const { id, state } of task.parts.processes) sizes.set(id, (sizes.get(id) ?? 0) + state.size)
  }
  return sizes
}

/** Whether a watermark is lower than another; null, before the first record, is the lowest. */
function isBelow(watermark: number | null, other: number | null): boolean {
  if (other === null) return false
  return watermark === null || watermark < other
}
