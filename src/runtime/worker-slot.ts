/** One place for a worker process: starts it, and again when it dies without a word. */
import { type ChildProcess, fork } from 'node:child_process'
import type { Clock } from '../time/index.ts'
import { identifyProcess, type ProcessIdentity } from './process-identity.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/** The first wait before a restart; it doubles up to the last. */
export const FIRST_BACK_OFF_MS = 100
export const LAST_BACK_OFF_MS = 30_000
/** A worker that lived so long has recovered: the next back-off is the first again. */
const RECOVERED_AFTER_MS = 10_000

/** What a slot tells its supervisor. */
export interface SlotListener {
  /** A process was started: who it is. */
  started(slot: WorkerSlot): void
  message(slot: WorkerSlot, message: FromWorker): void
  /** It died without a report, and will be started again after `backOffMs`. */
  died(slot: WorkerSlot, how: string, backOffMs: number): void
}

/** One place for a worker process. */
export class WorkerSlot {
  readonly number: number
  /** The process that runs now. */
  identity: ProcessIdentity | undefined
  /** When it last said that it is alive, on the monotonic clock. */
  aliveAt = 0
  /** Its lowest watermark. */
  lowest: number = Number.POSITIVE_INFINITY
  readonly #start: ToWorker
  readonly #clock: Clock
  readonly #listener: SlotListener
  readonly #ended: Promise<void>
  #resolveEnded: () => void = () => {}
  #child: ChildProcess | undefined
  #hasReported = false
  #stopping = false
  #backOffMs = FIRST_BACK_OFF_MS
  #startedAt = 0
  /** Why it was killed by its supervisor, if it was. */
  #why: string | undefined

  constructor(number: number, start: ToWorker, clock: Clock, listener: SlotListener) {
    this.number = number
    this.#start = start
    this.#clock = clock
    this.#listener = listener
    this.#ended = new Promise(resolve => {
      this.#resolveEnded = resolve
    })
  }

  /** Starts the process. */
  start(): void {
    this.#startedAt = this.#clock.monotonic()
    this.aliveAt = this.#startedAt
    this.#hasReported = false
    const child = fork(new URL(`./worker-process${extension()}`, import.meta.url), {
      serialization: 'advanced',
    })
    this.#child = child
    this.identity = child.pid === undefined ? undefined : identifyProcess(child.pid)
    child.on('message', (message: FromWorker) => this.#receive(message))
    child.on('error', () => child.kill('SIGKILL'))
    child.on('exit', (code, signal) => this.#exited(signal ?? `exit code ${code}`))
    this.send(this.#start)
    this.#listener.started(this)
  }

  /** Sends a message, if there is a process to take it. */
  send(message: ToWorker): void {
    if (this.#child?.connected === true) this.#child.send(message, () => {})
  }

  /** Lets it finish what it has in hand. */
  stop(): void {
    this.#stopping = true
    this.send({ type: 'stop' })
    if (this.#child === undefined) this.#resolveEnded()
  }

  /** Ends it at once, and says why when it is started again: nothing is lost but what was not committed. */
  kill(why: string): void {
    this.#why = why
    this.#child?.kill('SIGKILL')
  }

  /** Resolves when it has ended for good. */
  get ended(): Promise<void> {
    return this.#ended
  }

  #receive(message: FromWorker): void {
    this.aliveAt = this.#clock.monotonic()
    if (message.type === 'alive') this.lowest = message.lowest
    if (message.type === 'done' || message.type === 'failed') {
      this.#hasReported = true
      this.lowest = Number.POSITIVE_INFINITY
    }
    this.#listener.message(this, message)
  }

  #exited(how: string): void {
    this.#child = undefined
    this.identity = undefined
    if (this.#hasReported || this.#stopping) return this.#resolveEnded()
    const livedMs = this.#clock.monotonic() - this.#startedAt
    if (livedMs > RECOVERED_AFTER_MS && this.#why === undefined) this.#backOffMs = FIRST_BACK_OFF_MS
    this.#listener.died(this, this.#why ?? how, this.#backOffMs)
    this.#why = undefined
    const waitMs = this.#backOffMs
    this.#backOffMs = Math.min(this.#backOffMs * 2, LAST_BACK_OFF_MS)
    void this.#clock.sleep(waitMs).then(() => {
      if (this.#stopping) this.#resolveEnded()
      else this.start()
    })
  }
}

/** Runs from sources and from the built package alike. */
function extension(): string {
  return import.meta.url.endsWith('.ts') ? '.ts' : '.js'
}
