/**
 * Tells how a run goes: to people on standard error, to programs as JSON lines on standard output.
 * Events that are worth words of their own are the logger's.
 */
import { SluiceError, unreachable } from '../errors.ts'
import {
  type Logger,
  openCircuitText,
  type Progress,
  RunTotals,
  type SluiceEvent,
  type Totals,
} from '../observe/index.ts'
import type { RunMode } from '../runtime/index.ts'
import { formatDuration, systemClock } from '../time/index.ts'
import { errorText } from './error-text.ts'
import { jsonText } from './json-text.ts'
import type { Terminal } from './terminal.ts'
import { countText, numberText, timeText } from './texts.ts'

/** Where nobody watches, a line about progress comes no more often. */
const PLAIN_INTERVAL_MS = 5000
/** The progress of several workers comes as JSON no more often. */
const JSON_INTERVAL_MS = 400

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
  readonly mode: RunMode
  readonly workers: number
  readonly hasEventTime: boolean
  readonly json: boolean
}

/** Hears the events of one run. */
export class RunReport {
  readonly #run: RunDescription
  readonly #terminal: Terminal
  readonly #logger: Logger
  readonly #startedAt = systemClock.monotonic()
  readonly #totals = new RunTotals(this.#startedAt)
  #plainAt = this.#startedAt
  #plainText = ''
  #jsonAt = Number.NEGATIVE_INFINITY
  #hasBegun = false

  constructor(run: RunDescription, terminal: Terminal, logger: Logger) {
    this.#run = run
    this.#logger = logger
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
      case 'error':
        if (this.#run.json) this.#terminal.line(jsonText(event))
        return
      case 'lifecycle':
        if (event.state === 'claiming') this.#totals.restarted(event.worker)
        if (event.state === 'running') this.#hasBegun = true
        return
      case 'circuit':
      case 'memory':
      case 'unanswered':
      case 'heartbeat':
        return
      default:
        return unreachable(event)
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
    this.#logger.info(`${this.#run.app}: ${REASONS[reason]} (${counts.join(', ')}, in ${took})`, {
      room: 'cli',
      reason,
      records: totals.records,
      written: totals.written,
    })
  }

  #progress(event: Progress): void {
    const now = systemClock.monotonic()
    this.#totals.add(event, now)
    const totals = this.#totals.totals()
    if (this.#run.json) return this.#progressAsJson(totals, event.time, now)
    if (this.#terminal.isWatched) this.#terminal.status(this.#statusText(totals))
    else if (now - this.#plainAt >= PLAIN_INTERVAL_MS) this.#sayPlain(totals, now)
  }

  #progressAsJson(totals: Totals, time: number, now: number): void {
    if (this.#run.workers > 1 && now - this.#jsonAt < JSON_INTERVAL_MS) return
    this.#jsonAt = now
    this.#terminal.line(jsonText({ type: 'progress', time, ...fields(totals) }))
  }

  #sayPlain(totals: Totals, now: number): void {
    const { records, lag, watermark, late, deadLetters, skipped, pausedSince } = totals
    const changing = [records, lag, watermark, late, deadLetters, skipped, pausedSince].join()
    if (changing === this.#plainText) return
    this.#plainText = changing
    this.#plainAt = now
    const fields = { room: 'cli', records, lag, watermark, late, deadLetters, skipped } as const
    this.#logger.info(`${this.#run.app}: ${this.#statusText(totals)}`, fields)
  }

  #statusText(totals: Totals): string {
    const parts = [
      countText(totals.records, 'record'),
      `${numberText(totals.rate)}/s`,
      totals.lag === 0 ? 'nothing behind' : `${numberText(totals.lag)} behind`,
    ]
    if (totals.pausedSince !== null) parts.push(`paused since ${timeText(totals.pausedSince)}`)
    if (this.#run.hasEventTime && totals.heldBy !== null) parts.push(watermarkText(totals))
    parts.push(...troubles(totals))
    const endsByItself = this.#run.mode !== 'continuous'
    if (endsByItself && totals.lag > 0 && totals.rate > 0) {
      parts.push(`about ${formatDuration((totals.lag / totals.rate) * 1000)} left`)
    }
    return parts.join(' · ')
  }
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
    ...totals.steps.flatMap(({ step, circuit }) =>
      circuit === undefined ? [] : [`step "${step}": ${openCircuitText(circuit)}`],
    ),
  ]
}

/** The names that programs read. */
function fields(totals: Totals): Readonly<Record<string, unknown>> {
  const { rate, inputs, steps, commitLatency: _, ...rest } = totals
  return { ...rest, recordsPerSecond: rate, inputs, steps }
}
