/**
 * Runs an app with workers, each a process of its own: what the program does there, even a function
 * that never returns or a heap that overflows, leaves the supervisor able to stop, to say and to start anew.
 *
 * The supervisor holds the app's lease and settles what all workers must know. Task number i belongs
 * to worker i modulo workers for the whole run, so nothing moves when a worker is restarted. A worker
 * that reports a failure ends the run; one that dies without a report is started again.
 */
import type { Broker, Group } from '../broker/index.ts'
import { SluiceError, UsageError } from '../errors.ts'
import { graphToJson } from '../graph/index.ts'
import type { Listener } from '../observe/index.ts'
import { type Clock, formatDuration, systemClock } from '../time/index.ts'
import { withLease, writeHolder } from './lease.ts'
import { prepareRun } from './prepare.ts'
import { DEFAULT_COMMIT_INTERVAL_MS, listenerOf, type Program, type RunOptions } from './run.ts'
import type { FromWorker } from './worker-messages.ts'
import { type SlotListener, WorkerSlot } from './worker-slot.ts'

/** A worker that does not answer for so long is killed and started again, or told of where it is the only one. */
export const DEFAULT_WORKER_TIMEOUT_MS = 30_000
/** How long workers may take to finish what they have in hand. */
const STOP_GRACE_MS = 1500
const CHECK_INTERVAL_MS = 100
/** In a run that is to end, so many deaths without a commit in between are the end. */
const MAX_DEATHS = 5

/** Options of a run in worker processes. */
export interface WorkersOptions extends RunOptions {
  readonly workers: number
  /** The module whose default export is the program: an absolute path, loaded by each worker. */
  readonly module: string
  /** A worker that does not answer for so long is killed and started again (one alone: told of), milliseconds; 30 s. */
  readonly workerTimeoutMs?: number
}

/**
 * Runs a program in worker processes until its mode's end or until the signal. Throws what no policy
 * covers, and `USAGE` for a broker that other processes cannot open.
 */
export async function runWorkers(program: Program, broker: Broker, options: WorkersOptions): Promise<void> {
  if (!broker.shared) {
    throw new UsageError(
      `${broker.url} lives in one process, so no other can work on it: use file: for workers`,
    )
  }
  const clock = options.clock ?? systemClock
  const graph = program.graph()
  await withLease(broker, program.name, clock, async group => {
    const {
      mode = 'continuous',
      dropState = [],
      renameState,
      fromSavepoint,
      commitIntervalMs = DEFAULT_COMMIT_INTERVAL_MS,
    } = options
    const { shards } = program
    const facts = await prepareRun(broker, group, graph, {
      mode,
      shards,
      dropState,
      renameState,
      fromSavepoint,
    })
    const publish = listenerOf(program, options, options.workers)
    const supervisor = new Supervisor(group, { ...options, publish }, clock)
    await supervisor.run(worker => ({
      type: 'start',
      module: options.module,
      graph: graphToJson(graph),
      brokerUrl: broker.url,
      facts,
      worker,
      workers: options.workers,
      commitIntervalMs,
    }))
  })
}

class Supervisor implements SlotListener {
  readonly #group: Group
  readonly #options: WorkersOptions & { readonly publish: Listener }
  readonly #clock: Clock
  #slots: readonly WorkerSlot[] = []
  #failure: SluiceError | undefined
  /** When it was last told that a worker does not answer. */
  #toldAt: number = Number.NEGATIVE_INFINITY
  #deaths = 0
  #doneAtDeath: number = Number.NaN
  /** Writes of the holder fact, one after the other. */
  #writes: Promise<void> = Promise.resolve()

  constructor(group: Group, options: WorkersOptions & { readonly publish: Listener }, clock: Clock) {
    this.#group = group
    this.#options = options
    this.#clock = clock
  }

  async run(start: (worker: number) => ConstructorParameters<typeof WorkerSlot>[1]): Promise<void> {
    const { workers, signal } = this.#options
    this.#slots = Array.from(
      { length: workers },
      (_, number) => new WorkerSlot(number, start(number), this.#clock, this),
    )
    for (const slot of this.#slots) slot.start()
    const done = new AbortController()
    const stop = (): void => this.#stop(done.signal)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted === true) stop()
    const watching = this.#watch(done.signal)
    await Promise.all(this.#slots.map(slot => slot.ended))
    done.abort()
    signal?.removeEventListener('abort', stop)
    await Promise.all([watching, this.#writes])
    if (this.#failure !== undefined) throw this.#failure
  }

  started(): void {
    const workers = this.#slots.map(slot => slot.identity).filter(identity => identity !== undefined)
    this.#writes = this.#writes
      .then(() => writeHolder(this.#group, workers))
      // Without the note a take-over cannot kill what is left; fencing still holds.
      .catch(() => {})
  }

  message(slot: WorkerSlot, message: FromWorker): void {
    if (message.type === 'event') this.#options.publish(message.event)
    if (message.type === 'alive') this.#options.publish({ type: 'heartbeat', worker: slot.number })
    if (message.type === 'asks') slot.send({ type: 'delivered', number: message.number })
    if (message.type !== 'failed') return
    const cause = message.causeStack === undefined ? undefined : restoredCause(message.causeStack)
    this.#fail(
      new SluiceError(message.code, message.message, false, {
        ...(cause === undefined ? {} : { cause }),
        ...(message.step === undefined ? {} : { step: message.step }),
      }),
    )
  }

  died(slot: WorkerSlot, how: string, backOffMs: number): void {
    const detail = `died (${how}); starts again in ${formatDuration(backOffMs)}`
    this.#options.publish({ type: 'lifecycle', worker: slot.number, state: 'failed', detail })
    const { mode = 'continuous' } = this.#options
    if (mode !== 'continuous') void this.#countDeath(slot, how)
  }

  /** Starting again is of no use where the same records kill the worker each time, and nobody may be looking. */
  async #countDeath(slot: WorkerSlot, how: string): Promise<void> {
    const positions = await this.#group.positions().catch(() => [])
    const done = positions.reduce((sum, { next }) => sum + next, 0)
    this.#deaths = done === this.#doneAtDeath ? this.#deaths + 1 : 1
    this.#doneAtDeath = done
    if (this.#deaths < MAX_DEATHS) return
    const places = positions
      .filter(({ topic }) => topic !== undefined)
      .map(({ step, partition, next }) => `${step}/${partition} from offset ${next} on`)
    this.#fail(
      new SluiceError(
        'WORKER_DIED',
        `worker ${slot.number} died ${MAX_DEATHS} times (${how}) without a commit in between: something that the program does with the next records ends its process, such as process.exit or too much memory; look at ${places.join(', ')}`,
        false,
      ),
    )
  }

  #fail(error: SluiceError): void {
    this.#failure ??= error
    for (const slot of this.#slots) slot.stop()
  }

  #stop(ended: AbortSignal): void {
    for (const slot of this.#slots) slot.stop()
    void this.#clock.sleep(STOP_GRACE_MS, ended).then(() => {
      if (!ended.aborted) for (const slot of this.#slots) slot.kill('did not stop in time')
    })
  }

  /** Kills workers that do not answer, and tells each how far behind the others are. */
  async #watch(ended: AbortSignal): Promise<void> {
    const timeoutMs = this.#options.workerTimeoutMs ?? DEFAULT_WORKER_TIMEOUT_MS
    while (!ended.aborted) {
      await this.#clock.sleep(CHECK_INTERVAL_MS, ended)
      const now = this.#clock.monotonic()
      for (const slot of this.#slots) {
        if (now - slot.aliveAt > timeoutMs) this.#unanswered(slot, timeoutMs, now)
        const others = this.#slots.filter(other => other !== slot).map(other => other.lowest)
        slot.send({ type: 'drift', floor: Math.min(...others) })
      }
    }
  }

  /** One that holds up others is killed; one that works alone may take as long as it likes. */
  #unanswered(slot: WorkerSlot, timeoutMs: number, now: number): void {
    if (this.#slots.length > 1) {
      const took = formatDuration(timeoutMs)
      slot.kill(
        `killed, as it did not answer for ${took}: does a function of the program take so long for one element? Make it asynchronous, or use one worker`,
      )
    } else if (now - this.#toldAt > timeoutMs) {
      this.#toldAt = now
      this.#options.publish?.({ type: 'unanswered', worker: slot.number, forMs: now - slot.aliveAt })
    }
  }
}

/** What the user's function threw in the worker, with its stack. */
function restoredCause(stack: string): Error {
  const cause = new Error(stack.split('\n', 1)[0])
  cause.stack = stack
  return cause
}
