/**
 * Stopping by a signal: the first one asks for a clean stop, a second one ends the process at once.
 *
 * A terminal signals the whole process group and npm repeats what it gets, so one request can come
 * twice within milliseconds: such an echo does not count.
 */
import { systemClock } from '../time/index.ts'
import type { Terminal } from './terminal.ts'

/** The same signal within this time is the same request. */
export const ECHO_MS = 100
/** A clean stop takes no longer; what was not committed by then is done again by the next run. */
export const STOP_WITHIN_MS = 1800

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const
type StopSignal = keyof typeof EXIT_CODES

/** Listens for signals from its making on. */
export class StopSignals {
  readonly #stop = new AbortController()
  readonly #finished = new AbortController()
  readonly #terminal: Terminal
  readonly #lastSeen = new Map<StopSignal, number>()
  #received: StopSignal | undefined
  readonly #listeners = (Object.keys(EXIT_CODES) as StopSignal[]).map(name => ({
    name,
    listen: () => this.#take(name),
  }))

  constructor(terminal: Terminal) {
    this.#terminal = terminal
    for (const { name, listen } of this.#listeners) process.on(name, listen)
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** The exit code that the signal asks for; undefined: there was none. */
  get exitCode(): number | undefined {
    return this.#received === undefined ? undefined : EXIT_CODES[this.#received]
  }

  /** The work is done: signals mean again what they mean to any process. */
  finish(): void {
    this.#finished.abort()
    for (const { name, listen } of this.#listeners) process.off(name, listen)
  }

  #take(name: StopSignal): void {
    const now = systemClock.monotonic()
    const isEcho = now - (this.#lastSeen.get(name) ?? Number.NEGATIVE_INFINITY) < ECHO_MS
    this.#lastSeen.set(name, now)
    if (isEcho) return
    if (this.#received !== undefined) this.#exit(name)
    this.#received = name
    this.#stop.abort()
    void this.#exitLate(name)
  }

  async #exitLate(name: StopSignal): Promise<void> {
    await systemClock.sleep(STOP_WITHIN_MS, this.#finished.signal)
    if (this.#finished.signal.aborted) return
    this.#terminal.say(
      'stopped before the step at hand was done: what was not committed is done again by the next run',
    )
    this.#exit(name)
  }

  #exit(name: StopSignal): never {
    this.#terminal.clearStatus()
    process.exit(EXIT_CODES[name])
  }
}
