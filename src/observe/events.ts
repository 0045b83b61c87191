/**
 * What a running app tells: typed events. Publishers know no listener; a listener must not throw.
 */
import type { ErrorCode } from '../errors.ts'
import type { LatencyCounts } from './latency.ts'

/** How far one ordered way into a task behind an exchange has come. */
export interface ChannelWatermark {
  /** The task that sends. */
  readonly channel: string
  /** Epoch milliseconds; null before the first. */
  readonly watermark: number | null
  readonly idle: boolean
}

/** How much one input partition lags, and what its watermark is. */
export interface InputProgress {
  readonly kind: 'source' | 'exchange' | 'retry'
  readonly step: string
  readonly partition: number
  /** The offset of the next record. */
  readonly position: number
  /** Records that are in the log and not processed yet. */
  readonly lag: number
  /** Epoch milliseconds; null before the first record. */
  readonly watermark: number | null
  readonly idle: boolean
  /** Behind an exchange: every channel, so that one can see who holds the watermark. */
  readonly channels: readonly ChannelWatermark[]
}

/** What one step has taken in and given out since the start. */
export interface StepProgress {
  readonly step: string
  readonly in: number
  readonly out: number
  /** Elements that its policy skipped or sent to the dead letters. */
  readonly failed: number
  /** Why it makes no calls at the moment, in any of its tasks: its circuit is open. */
  readonly circuit?: Pick<CircuitSwitched, 'failures' | 'error'> & { readonly until: number }
}

/** How full the memory of a process is, bytes. */
export interface HeapUse {
  readonly used: number
  /** Where the process would die. */
  readonly limit: number
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
  /** In the order of the graph. */
  readonly steps: readonly StepProgress[]
  /** How long commits took that wrote something. */
  readonly commitLatency: LatencyCounts
  readonly heap: HeapUse
  /** The lowest watermark of the inputs that are not idle, and who holds it. */
  readonly watermark: number | null
  readonly heldBy: string | null
  /** Since when the app is paused, epoch milliseconds; only where it is. */
  readonly pausedSince?: number
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

/** A step that has a circuit breaker stops calling its function for a while, or calls it again. */
export interface CircuitSwitched {
  readonly type: 'circuit'
  readonly step: string
  /** When it tries again, epoch milliseconds; null: the circuit is closed. */
  readonly until: number | null
  /** How many calls had failed in a row. */
  readonly failures: number
  /** What the last of them failed with. */
  readonly error: string
}

/** A worker's life cycle moved on. */
export interface StateChanged {
  readonly type: 'lifecycle'
  readonly worker: number
  readonly state: string
  /** A few words for people, such as how long restoring took. */
  readonly detail: string
}

/** The loop of a worker goes round; told a few times a second, also while a full disk makes it wait. */
export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly worker: number
}

/** The heap is nearly full; told once, before the process dies of it. */
export interface MemoryLow {
  readonly type: 'memory'
  readonly worker: number
  /** Bytes. */
  readonly used: number
  readonly limit: number
  /** The step whose state has the most entries, and how many; null: there is no state. */
  readonly step: string | null
  readonly entries: number
}

/** A worker that works alone does not answer, and is left to it; told again and again. */
export interface Unanswered {
  readonly type: 'unanswered'
  readonly worker: number
  /** For how long, milliseconds. */
  readonly forMs: number
}

/** Everything a running app tells. */
export type SluiceEvent =
  | Progress
  | Printed
  | Late
  | ElementFailed
  | CircuitSwitched
  | StateChanged
  | Heartbeat
  | MemoryLow
  | Unanswered

/** Takes events. */
export type Listener = (event: SluiceEvent) => void
