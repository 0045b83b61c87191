/**
 * Stops calling a function that fails again and again, for a while. Sources: M. Nygard, "Release It!";
 * the states are those of Resilience4j, with one trial call.
 *
 * Invariant: while it is open no call begins; after the pause one does, and nothing else until that one
 * is over. What calls of an earlier period come to, neither opens nor closes it.
 */
import type { BreakerSpec } from '../graph/index.ts'
import type { Clock } from '../time/index.ts'
import { thrownText } from './failure.ts'

/** Pauses that follow each other double up to so many times the first. */
export const MOST_PAUSES = 10

/** A circuit that is open: no calls are made. */
export interface OpenCircuit {
  /** When the next call is tried, epoch milliseconds. */
  readonly until: number
  /** How many calls had failed in a row. */
  readonly failures: number
  /** What the last of them failed with. */
  readonly error: string
}

/** Is told when the circuit opens, or opens again, and when it closes: undefined. */
export type WhenSwitched = (open: OpenCircuit | undefined) => void

/** The circuit of one step in one task. */
export class CircuitBreaker {
  readonly #spec: BreakerSpec
  readonly #clock: Clock
  readonly #switched: WhenSwitched
  #failures = 0
  #open: OpenCircuit | undefined
  #pauseMs: number
  #until = Number.NEGATIVE_INFINITY
  #isTrying = false
  #period = 0

  constructor(spec: BreakerSpec, clock: Clock, switched: WhenSwitched) {
    this.#spec = spec
    this.#clock = clock
    this.#switched = switched
    this.#pauseMs = spec.pauseMs
  }

  /** Since when, and why, no calls are made; undefined: the circuit is closed. */
  get open(): OpenCircuit | undefined {
    return this.#open
  }

  /** When a call may begin, on the monotonic clock: −∞ for now, +∞ while one is tried. */
  get callableAt(): number {
    return this.#isTrying ? Number.POSITIVE_INFINITY : this.#until
  }

  /** A call begins; gives the period that it belongs to. */
  begin(): number {
    this.#isTrying = this.#open !== undefined
    return this.#period
  }

  succeeded(period: number): void {
    if (period !== this.#period) return
    this.#failures = 0
    if (this.#open === undefined) return
    this.#period++
    this.#open = undefined
    this.#isTrying = false
    this.#until = Number.NEGATIVE_INFINITY
    this.#pauseMs = this.#spec.pauseMs
    this.#switched(undefined)
  }

  failed(period: number, thrown: unknown): void {
    if (period !== this.#period) return
    this.#failures++
    const { after, pauseMs } = this.#spec
    if (this.#open === undefined && this.#failures < after) return
    if (this.#open !== undefined) this.#pauseMs = Math.min(this.#pauseMs * 2, pauseMs * MOST_PAUSES)
    this.#period++
    this.#isTrying = false
    this.#until = this.#clock.monotonic() + this.#pauseMs
    this.#open = {
      until: this.#clock.now() + this.#pauseMs,
      failures: this.#failures,
      error: thrownText(thrown),
    }
    this.#switched(this.#open)
  }
}
