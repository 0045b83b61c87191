/** Runs an app with one worker, in this process. */
import type { Broker } from '../broker/index.ts'
import type { Graph } from '../graph/index.ts'
import type { Listener } from '../observe/index.ts'
import { type Clock, systemClock } from '../time/index.ts'
import { withLease } from './lease.ts'
import { prepareRun, type RunMode } from './prepare.ts'
import { Worker } from './worker.ts'

/** The program to run: an `App`, seen from here. */
export interface Program {
  readonly name: string
  readonly shards: number | undefined
  graph(): Graph
}

/** Options of a run. */
export interface RunOptions {
  readonly mode?: RunMode
  /** Aborting it finishes the element at hand, commits and returns. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly publish?: Listener
  /** A commit of state alone waits so long, milliseconds; 100. */
  readonly commitIntervalMs?: number
  readonly dropState?: readonly string[]
}

/** A commit of state alone waits so long. */
export const DEFAULT_COMMIT_INTERVAL_MS = 100

/** Runs a program on a broker until its mode's end or until the signal. Throws what no policy covers. */
export async function runProgram(program: Program, broker: Broker, options: RunOptions = {}): Promise<void> {
  const graph = program.graph()
  const clock = options.clock ?? systemClock
  await withLease(broker, program.name, clock, async group => {
    const facts = await prepareRun(broker, group, graph, {
      mode: options.mode ?? 'continuous',
      shards: program.shards,
      dropState: options.dropState ?? [],
    })
    const worker = new Worker({
      broker,
      group,
      graph,
      facts,
      worker: 0,
      workers: 1,
      clock,
      publish: options.publish ?? (() => {}),
      commitIntervalMs: options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
    })
    await worker.run(options.signal ?? new AbortController().signal)
  })
}
