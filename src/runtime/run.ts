/** Runs an app with one worker, in this process. */
import type { Broker } from '../broker/index.ts'
import type { Graph } from '../graph/index.ts'
import { type Listener, type Logger, logEvents, parseLogLevels, withLevels } from '../observe/index.ts'
import { type Clock, systemClock } from '../time/index.ts'
import { heartbeat } from './heartbeat.ts'
import { withLease } from './lease.ts'
import { PauseWatch } from './pause.ts'
import { prepareRun, type RunMode } from './prepare.ts'
import type { StateRename } from './rename-state.ts'
import type { FromSavepoint } from './savepoint/load-savepoint.ts'
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
  /** Hears every event, synchronously. */
  readonly publish?: Listener
  /** Is told in words what people should know; `console` is one. Without it nothing is logged. */
  readonly logger?: Logger
  /** What the logger is told: a level, and levels of single rooms, such as `warn,engine=debug`; `info`. */
  readonly logLevels?: string
  /** A commit of state alone waits so long, milliseconds; 100. */
  readonly commitIntervalMs?: number
  readonly dropState?: readonly string[]
  /** Steps that have another id than what earlier runs left: that is theirs from then on. */
  readonly renameState?: readonly StateRename[]
  /** The savepoint that the app starts from, as `createSavepoint` made it. */
  readonly fromSavepoint?: FromSavepoint
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
      renameState: options.renameState,
      fromSavepoint: options.fromSavepoint,
    })
    const publish = listenerOf(program, options)
    const worker = new Worker({
      broker,
      group,
      graph,
      facts,
      worker: 0,
      workers: 1,
      clock,
      publish,
      onTurn: heartbeat(clock, () => publish({ type: 'heartbeat', worker: 0 })),
      commitIntervalMs: options.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS,
      pauses: new PauseWatch(group, clock),
    })
    await worker.run(options.signal ?? new AbortController().signal)
  })
}

/** The listener of a run, and its logger, as one. */
export function listenerOf(program: Program, options: RunOptions, workers = 1): Listener {
  const { publish = () => {}, logger, logLevels = 'info' } = options
  if (logger === undefined) return publish
  const levels = parseLogLevels(logLevels, 'logLevels')
  const log = logEvents(withLevels(logger, levels), { app: program.name, workers })
  return event => {
    publish(event)
    log(event)
  }
}
