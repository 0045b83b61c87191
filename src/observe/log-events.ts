/** Events → log entries: which of them people should see, at which level, in which words. */
import { unreachable } from '../errors.ts'
import type {
  CircuitSwitched,
  ElementFailed,
  Listener,
  MemoryLow,
  Progress,
  SluiceEvent,
  StateChanged,
  StepProgress,
  Unanswered,
} from './events.ts'
import type { Logger } from './log.ts'

/** Of elements that failed, so many are told in words between two reports of progress. */
export const FAILURES_TOLD = 5

/** What the entries of a run are called after. */
export interface LogEventsOptions {
  readonly app: string
  /** With more than one, entries name the worker; 1. */
  readonly workers?: number
}

/**
 * A listener that logs: life cycle and elements that failed at `info` and `warn`, progress and late
 * elements at `debug`; what `print` prints is no log. A flood of failing elements is counted, not
 * repeated: five in words between two reports of progress.
 */
export function logEvents(logger: Logger, options: LogEventsOptions): Listener {
  const log = new EventLog(logger, options)
  return event => log.hear(event)
}

const ACTIONS: Readonly<Record<ElementFailed['action'], string>> = {
  skipped: 'skipped:',
  deadLettered: 'dead letter:',
  retrying: 'trying again:',
}

class EventLog {
  readonly #logger: Logger
  readonly #app: string
  readonly #workers: number
  #failuresTold = 0
  #failuresHidden = 0

  constructor(logger: Logger, { app, workers = 1 }: LogEventsOptions) {
    this.#logger = logger
    this.#app = app
    this.#workers = workers
  }

  hear(event: SluiceEvent): void {
    switch (event.type) {
      case 'progress':
        return this.#progress(event)
      case 'late': {
        const { step, count, finallyLate } = event
        this.#logger.debug(`${this.#app}: step "${step}" had ${count} late elements`, {
          room: 'engine',
          step,
          count,
          finallyLate,
        })
        return
      }
      case 'error':
        return this.#elementFailed(event)
      case 'circuit':
        return this.#circuit(event)
      case 'lifecycle':
        return this.#lifecycle(event)
      case 'memory':
        return this.#memoryLow(event)
      case 'unanswered':
        return this.#unanswered(event)
      case 'print':
      case 'heartbeat':
        return
      default:
        return unreachable(event)
    }
  }

  #progress(event: Progress): void {
    this.#tellHidden()
    const { worker, records, written, watermark, heldBy, stateEntries } = event
    const fields = { worker, records, written, watermark, heldBy, stateEntries }
    this.#logger.debug(`${this.#who(worker)}: ${records} records read, ${written} written`, {
      room: 'runtime',
      ...fields,
    })
  }

  #elementFailed(event: ElementFailed): void {
    const { code, message, step, action } = event
    // Without a step it is the broker that makes the app wait.
    const room = step === '' ? 'broker' : 'engine'
    this.#failuresTold++
    if (this.#failuresTold > FAILURES_TOLD) this.#failuresHidden++
    else this.#logger.warn(`${ACTIONS[action]} ${message}`, { room, step, code, action })
  }

  #circuit({ step, until, failures, error }: CircuitSwitched): void {
    const fields = { room: 'engine', step, until, failures } as const
    if (until === null) this.#logger.info(`step "${step}": circuit closed, calls go on`, fields)
    else this.#logger.warn(`step "${step}": ${openCircuitText({ until, failures, error })}`, fields)
  }

  #tellHidden(): void {
    const count = this.#failuresHidden
    if (count > 0) this.#logger.warn(`… and ${count} more like these`, { room: 'engine', count })
    this.#failuresTold = 0
    this.#failuresHidden = 0
  }

  #lifecycle({ worker, state, detail }: StateChanged): void {
    const who = this.#who(worker)
    const fields = { room: 'runtime', worker, state } as const
    const text = detail === '' ? state : `${state} ${detail}`
    if (state === 'running' || state === 'paused') this.#logger.info(`${who}: ${text}`, fields)
    else if (state === 'failed' && detail !== '') this.#logger.warn(`${who} ${detail}`, fields)
    else this.#logger.debug(`${who}: ${text}`, fields)
  }

  #memoryLow({ worker, used, limit, step, entries }: MemoryLow): void {
    const percent = Math.floor((100 * used) / limit)
    const state =
      step === null ? 'no state' : `the biggest state is that of step "${step}", ${entries} entries`
    this.#logger.warn(
      `${this.#who(worker)}: the heap is ${percent} % full, ${megabytes(used)} of ${megabytes(limit)} MB; ${state}; share it among more workers, or start with NODE_OPTIONS=--max-old-space-size=${2 * megabytes(limit)}`,
      { room: 'state', worker, used, limit, step, entries },
    )
  }

  #unanswered({ worker, forMs }: Unanswered): void {
    const seconds = Math.round(forMs / 1000)
    this.#logger.warn(
      `${this.#who(worker)} has not answered for ${seconds} s: a function of the program takes so long for one element, or never returns; stopping the app ends it too, and nothing is lost`,
      { room: 'runtime', worker, forMs },
    )
  }

  #who(worker: number): string {
    return this.#workers === 1 ? this.#app : `${this.#app}, worker ${worker}`
  }
}

/** Why a step makes no calls, for people. */
export function openCircuitText({ until, failures, error }: NonNullable<StepProgress['circuit']>): string {
  const calls = failures === 1 ? 'a call that failed' : `${failures} calls in a row that failed`
  return `circuit open until ${new Date(until).toISOString()}, after ${calls}: ${error}`
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
