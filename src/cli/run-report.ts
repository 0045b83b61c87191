/** Tells how a run goes: to people on standard error, to programs as JSON lines on standard output. */
import { SluiceError } from '../errors.ts'
import type { ElementFailed, Progress, SluiceEvent, StateChanged } from '../observe/index.ts'
import type { RunMode } from '../runtime/index.ts'
import { formatDuration, systemClock } from '../time/index.ts'
import { errorText } from './error-text.ts'
import { jsonText } from './json-text.ts'
import { RunTotals, type Totals } from './run-totals.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, timeText } from './texts.ts'

/** Where nobody watches, a line about progress comes no more often. */
const PLAIN_INTERVAL_MS = 5000
/** The progress of several workers comes as JSON no more often. */
const JSON_INTERVAL_MS = 400
/** Of elements that failed, so many are told in words between two lines of progress. */
const FAILURES_TOLD = 5

/** Why a run ended. */
export type EndReason = 'caughtUp' | 'drained' | 'time' | 'signal' | 'outputClosed' | 'failed'

const REASONS: Readonly<Record<EndReason, string>> = {
  caughtUp: 'caught up',
  drained: 'drained: all windows are closed',
  time: 'the time is over',
  signal: 'stopped after a commit',
  outputClosed: 'stopped after a commit, as nobody reads the output any more',
  failed: 'failed: nothing since the last commit counts',
}

/** What is known of a run beforehand. */
export interface RunDescription {
  readonly app: string
  readonly url: string
  readonly mode: RunMode
  readonly workers: number
  readonly hasEventTime: boolean
  readonly json: boolean
}

/** Hears the events of one run. */
export class RunReport {
  readonly #run: RunDescription
  readonly #terminal: Terminal
  readonly #startedAt = systemClock.monotonic()
  readonly #totals = new RunTotals(this.#startedAt)
  #plainAt = this.#startedAt
  #plainText = ''
  #jsonAt = Number.NEGATIVE_INFINITY
  #hasBegun = false
  #failuresTold = 0
  #failuresHidden = 0

  constructor(run: RunDescription, terminal: Terminal) {
    this.#run = run
    this.#terminal = terminal
  }

  /** Takes an event of the run. */
  hear(event: SluiceEvent): void {
    switch (event.type) {
      case 'progress':
        return this.#progress(event)
      case 'print':
        return this.#terminal.line(this.#run.json ? jsonText(event) : jsonText(event.value))
      case 'late':
        if (this.#run.json) this.#terminal.line(jsonText(event))
        return
      case 'error':
        return this.#elementFailed(event)
      case 'lifecycle':
        return this.#lifecycle(event)
    }
  }

  /** The program failed: the last event before the end. */
  failed(thrown: unknown): void {
    if (!this.#run.json) return
    const known = thrown instanceof SluiceError ? thrown : undefined
    this.#terminal.line(
      jsonText({
        type: 'error',
        code: known?.code ?? 'INTERNAL',
        message: errorText(thrown),
        step: known?.step ?? '',
        action: 'failed',
      }),
    )
  }

  /** The run is over. */
  end(reason: EndReason): void {
    this.#tellHidden()
    this.#terminal.clearStatus()
    const totals = this.#totals.totals()
    if (this.#run.json) this.#terminal.line(jsonText({ type: 'end', reason, ...fields(totals) }))
    if (reason === 'failed' && !this.#hasBegun) return
    const took = formatDuration(systemClock.monotonic() - this.#startedAt)
    const counts = [
      `${countText(totals.records, 'record')} read`,
      `${numberText(totals.written)} written`,
      ...troubles(totals),
    ]
    this.#terminal.say(`${this.#run.app}: ${REASONS[reason]} (${counts.join(', ')}, in ${took})`)
  }

  #progress(event: Progress): void {
    const now = systemClock.monotonic()
    this.#totals.add(event, now)
    const totals = this.#totals.totals()
    if (this.#run.json) return this.#progressAsJson(totals, event.time, now)
    if (this.#terminal.isWatched) this.#terminal.status(this.#statusText(totals))
    else if (now - this.#plainAt >= PLAIN_INTERVAL_MS) this.#sayPlain(totals, now)
    this.#tellHidden()
  }

  #progressAsJson(totals: Totals, time: number, now: number): void {
    if (this.#run.workers > 1 && now - this.#jsonAt < JSON_INTERVAL_MS) return
    this.#jsonAt = now
    this.#terminal.line(jsonText({ type: 'progress', time, ...fields(totals) }))
  }

  #sayPlain(totals: Totals, now: number): void {
    const { records, lag, watermark, late, deadLetters, skipped } = totals
    const changing = [records, lag, watermark, late, deadLetters, skipped].join()
    if (changing === this.#plainText) return
    this.#plainText = changing
    this.#plainAt = now
    this.#terminal.say(`${this.#run.app}: ${this.#statusText(totals)}`)
  }

  #statusText(totals: Totals): string {
    const parts = [
      countText(totals.records, 'record'),
      `${numberText(totals.rate)}/s`,
      totals.lag === 0 ? 'nothing behind' : `${numberText(totals.lag)} behind`,
    ]
    if (this.#run.hasEventTime && totals.heldBy !== null) parts.push(watermarkText(totals))
    parts.push(...troubles(totals))
    const endsByItself = this.#run.mode !== 'continuous'
    if (endsByItself && totals.lag > 0 && totals.rate > 0) {
      parts.push(`about ${formatDuration((totals.lag / totals.rate) * 1000)} left`)
    }
    return parts.join(' · ')
  }

  #elementFailed(event: ElementFailed): void {
    if (this.#run.json) this.#terminal.line(jsonText(event))
    this.#failuresTold++
    if (this.#failuresTold > FAILURES_TOLD) this.#failuresHidden++
    else this.#terminal.say(`${this.#terminal.paint('yellow', ACTIONS[event.action])} ${event.message}`)
  }

  #tellHidden(): void {
    if (this.#failuresHidden > 0) {
      this.#terminal.say(`… and ${numberText(this.#failuresHidden)} more like these`)
    }
    this.#failuresTold = 0
    this.#failuresHidden = 0
  }

  #lifecycle(event: StateChanged): void {
    const { app, url, workers } = this.#run
    const who = workers === 1 ? app : `${app}, worker ${event.worker}`
    if (event.state === 'claiming') this.#totals.restarted(event.worker)
    if (event.state === 'running') {
      this.#hasBegun = true
      this.#terminal.say(`${who}: running on ${url}, ${event.detail}`)
    }
    if (event.state === 'failed' && event.detail !== '') {
      this.#terminal.say(`${this.#terminal.paint('yellow', 'warning:')} ${who} ${event.detail}`)
    }
  }
}

const ACTIONS: Readonly<Record<ElementFailed['action'], string>> = {
  skipped: 'skipped:',
  deadLettered: 'dead letter:',
  retrying: 'trying again:',
}

function watermarkText(totals: Totals): string {
  const time = totals.watermark === null ? 'no watermark yet' : `watermark ${timeText(totals.watermark)}`
  return `${time}, held by ${totals.heldBy}`
}

/** What people should look into, where there is any. */
function troubles(totals: Totals): readonly string[] {
  const { late, finallyLate, skipped, deadLetters } = totals
  return [
    ...(late + finallyLate > 0 ? [`${numberText(late + finallyLate)} late`] : []),
    ...(skipped > 0 ? [`${numberText(skipped)} skipped`] : []),
    ...(deadLetters > 0 ? [countText(deadLetters, 'dead letter')] : []),
  ]
}

/** The names that programs read. */
function fields(totals: Totals): Readonly<Record<string, unknown>> {
  const { rate, inputs, ...rest } = totals
  return { ...rest, recordsPerSecond: rate, inputs }
}
