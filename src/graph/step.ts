/**
 * The nine core kinds of steps: a closed, discriminated union. Every other operator is derived
 * from these in the open; every switch over `kind` ends in `unreachable`.
 */
import type { StartPosition, TopicRules } from '../broker/index.ts'
import type { Codec, Key } from '../codec/index.ts'
import type { Sink, SinkHost } from '../connect/index.ts'
import type { KernelFactory } from './kernel.ts'
import type { ResolvedPolicy } from './policy.ts'

/** A topic as a program names it. */
export interface TopicSpec {
  readonly name: string
  readonly codec: Codec<unknown>
  /** The field of the value by which the topic is partitioned, if it says so. */
  readonly keyedBy: string | undefined
  /** How many partitions to make it with when it is missing; undefined: it must exist. */
  readonly partitions: number | undefined
  /** What may be removed from it, if it is made. */
  readonly rules: TopicRules
  /** Where a group without a position begins. */
  readonly from: StartPosition
}

/** An output of a step: its main one, or a named side output. */
export interface Port {
  readonly step: string
  readonly output: string | undefined
}

/** What a step declares about itself; drives exchanges, pre-aggregation, warnings and docs. */
export interface Nature {
  /** Which order of its input the result depends on. */
  readonly order: 'any' | 'perChannel' | 'time'
  readonly stateful: boolean
  /** May be aggregated before an exchange. */
  readonly mergeable: boolean
  /** Replaces results that it gave before. */
  readonly retracting: boolean
  /** Its results depend on the wall clock. */
  readonly processingTime: boolean
  /** Takes rows that come and go; false where it is left out. */
  readonly takesBack?: boolean
}

interface StepBase {
  /** Unique within the graph: the address of its state. */
  readonly id: string
  /** The operator's name as the user called it, such as `sum`. */
  readonly name: string
  readonly inputs: readonly Port[]
  readonly nature: Nature
  readonly onError: ResolvedPolicy
  /** The operators that this step was derived within, outermost first; for display. */
  readonly within: readonly string[]
}

/** Reads a topic. */
export interface SourceStep extends StepBase {
  readonly kind: 'source'
  readonly topic: TopicSpec
  /** Whether a record without a value is an element, null; else it is a bad record. */
  readonly tombstones?: true
  /** What brings the elements of a live stream, which has no topic. */
  readonly live?: string
}

/** One element in, one out; also assigns event time. */
export interface MapStep extends StepBase {
  readonly kind: 'map'
  readonly fn: (value: unknown) => unknown
}

/** Keeps the elements for which the function gives true. */
export interface FilterStep extends StepBase {
  readonly kind: 'filter'
  readonly fn: (value: unknown) => unknown
}

/** One element in, any number out. */
export interface FlatMapStep extends StepBase {
  readonly kind: 'flatMap'
  readonly fn: (value: unknown) => unknown
}

/** How an event-time step reads time and waits for stragglers. */
export interface TimeSpec {
  /** Gives the event time of an element in epoch milliseconds; or the wall clock, or the record's timestamp. */
  readonly timeOf: ((value: unknown) => unknown) | 'clock' | 'record'
  readonly outOfOrderMs: number
  readonly idleAfterMs: number
  /** Whether event time goes on with the clock while a partition is idle. */
  readonly advancesWhenIdle?: boolean
  /** How far an event may lie ahead of its append time; +∞: off. */
  readonly maxAheadMs: number
}

/** A stateful kernel: elements, timers, watermarks, end; keyed or not; named side outputs. */
export interface ProcessStep extends StepBase {
  readonly kind: 'process'
  readonly outputs: readonly string[]
  readonly logic:
    | { readonly kind: 'kernel'; readonly keyed: boolean; readonly factory: KernelFactory }
    | { readonly kind: 'time'; readonly time: TimeSpec }
}

/** In which order results come: that of all elements, that of the elements of each key, or as they are ready. */
export type ElementOrder = 'all' | 'key' | 'none'

/** What an asynchronous function is told beside the element. */
export interface AsyncCall {
  /** Is aborted when nobody waits for the result any more: after the step's time-out, at the end, or when the app fails. */
  readonly signal: AbortSignal
}

/** When a step stops calling a function that always fails. */
export interface BreakerSpec {
  /** So many failures in a row open the circuit. */
  readonly after: number
  /** For so long no call is made then, milliseconds. */
  readonly pauseMs: number
}

/** How many elements may be in flight at a step, and how they come out. */
export interface Concurrency {
  /** How many calls may be under way. */
  readonly concurrency: number
  /** How many elements may be under way or wait, here or for the others: above it nothing more is taken. */
  readonly capacity: number
  readonly order: ElementOrder
  readonly timeoutMs: number | undefined
  readonly breaker: BreakerSpec | undefined
}

/** What the function of an asynchronous step may ask of whoever runs it. */
export interface AsyncHost {
  /** Milliseconds that go on steadily, for spans of time. */
  monotonic(): number
}

/** Awaits the user's function for several elements at a time. */
export interface AsyncStep extends StepBase, Concurrency {
  readonly kind: 'async'
  /** Makes the function for one task. */
  readonly open: (host: AsyncHost) => (value: unknown, call: AsyncCall) => unknown
  /** Frees what the function uses, when the live graph of the step is disposed of. */
  readonly close?: () => Promise<void>
}

/** All elements of several inputs. */
export interface MergeStep extends StepBase {
  readonly kind: 'merge'
}

/** Where the key comes from, or that there is none: `all` sends each element to every shard. */
export type KeySource =
  | { readonly kind: 'all' }
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'record' }
  | { readonly kind: 'function'; readonly fn: (value: unknown) => Key | undefined }

/** Re-keys: sends each element to the shard of its key, or to all. */
export interface ExchangeStep extends StepBase {
  readonly kind: 'exchange'
  readonly key: KeySource
}

/** Writes a topic; of a table null is a record without a value, and keys are those of the table. */
export interface TopicTarget {
  readonly kind: 'topic'
  readonly topic: TopicSpec
  readonly ofTable?: true
}

/** Takes elements out of the graph. */
export interface SinkStep extends StepBase {
  readonly kind: 'sink'
  readonly target:
    | TopicTarget
    | { readonly kind: 'function'; readonly fn: (value: unknown) => unknown }
    | { readonly kind: 'connector'; readonly open: (host: SinkHost) => Sink<unknown> }
}

/** A step of a graph. */
export type Step =
  | SourceStep
  | MapStep
  | FilterStep
  | FlatMapStep
  | ProcessStep
  | AsyncStep
  | MergeStep
  | ExchangeStep
  | SinkStep

/** The name of a core kind. */
export type StepKind = Step['kind']

/** All core kinds, each once: does not compile when one is missing. */
export const STEP_KINDS: readonly StepKind[] = Object.keys({
  source: true,
  map: true,
  filter: true,
  flatMap: true,
  process: true,
  async: true,
  merge: true,
  exchange: true,
  sink: true,
} satisfies Record<StepKind, true>) as readonly StepKind[]
