/**
 * What a running app tells: typed events. Publishers know no listener; a listener must not throw.
 */
import type { ErrorCode } from '../errors.ts'

/** How much one source partition lags, and what its watermark is. */
export interface InputProgress {
  readonly step: string
  readonly partition: number
  /** The offset of the next record. */
  readonly position: number
  /** Records that are in the log and not processed yet. */
  readonly lag: number
  /** Epoch milliseconds; null before the first record. */
  readonly watermark: number | null
  readonly idle: boolean
}

/** What happened since the start, and where things stand. */
export interface Progress {
  readonly type: 'progress'
  /** Which worker says so, from 0. */
  readonly worker: number
  /** Epoch milliseconds. */
  readonly time: number
  /** Records read from source topics since the start. */
  readonly records: number
  /** Records written to output topics since the start. */
  readonly written: number
  readonly late: number
  /** On-time elements whose window had been closed for good, after an idle decision or a drain. */
  readonly finallyLate: number
  readonly skipped: number
  readonly deadLetters: number
  readonly commits: number
  /** Entries in keyed state. */
  readonly stateEntries: number
  readonly inputs: readonly InputProgress[]
  /** The lowest watermark of the inputs that are not idle, and who holds it. */
  readonly watermark: number | null
  readonly heldBy: string | null
}

/** An element was printed by a `print` step. */
export interface Printed {
  readonly type: 'print'
  readonly step: string
  readonly value: unknown
}

/** Elements came too late for their windows; told once per commit. */
export interface Late {
  readonly type: 'late'
  readonly step: string
  readonly count: number
  /** Of these, how many were on time but found their window closed for good. */
  readonly finallyLate: number
}

/** An element could not be processed and its step's policy let the app go on. */
export interface ElementFailed {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
  readonly step: string
  readonly action: 'skipped' | 'deadLettered' | 'retrying'
}

/** A worker's life cycle moved on. */
export interface StateChanged {
  readonly type: 'lifecycle'
  readonly worker: number
  readonly state: string
  /** A few words for people, such as how long restoring took. */
  readonly detail: string
}

/** Everything a running app tells. */
export type SluiceEvent = Progress | Printed | Late | ElementFailed | StateChanged

/** Takes events. */
export type Listener = (event: SluiceEvent) => void
