/**
 * A process function as users write it: handlers and what they are given. The types of cells, timers and
 * outputs flow from the definition into the handlers, those of what comes out from their results.
 */
import type { Window } from '../window/window.ts'
import type {
  CellSpec,
  CellTime,
  ListSpec,
  MapSpec,
  OutputSpec,
  PlainCellSpec,
  ValueSpec,
  WindowsSpec,
} from './cell-specs.ts'
import type { ListState } from './list-cell.ts'
import type { MapState } from './map-cell.ts'
import type { Timer, TimerId } from './timer-cell.ts'
import type { ValueState } from './value-cell.ts'
import type { WindowsState } from './windows-cell.ts'

/** Cells by name. */
export type CellSpecs = Readonly<Record<string, CellSpec>>
/** Timers by name, with the time that they go by. */
export type TimerSpecs = Readonly<Record<string, CellTime>>
/** Side outputs by name. */
export type OutputSpecs = Readonly<Record<string, OutputSpec<unknown>>>

/** Nothing by any name. */
export type None = Readonly<Record<never, never>>

/** What a handler finds in place of a cell. */
export type StateOf<C> =
  C extends WindowsSpec<infer S>
    ? WindowsState<S>
    : C extends ValueSpec<infer V>
      ? ValueState<V>
      : C extends ListSpec<infer V>
        ? ListState<V>
        : C extends MapSpec<infer K, infer V>
          ? MapState<K, V>
          : never

/** What may be read of a cell. */
export type ReadOnly<S> = Pick<S, Exclude<keyof S, 'set' | 'update' | 'delete' | 'add' | 'clear'>>

/** What may be read of a shared cell, and nothing where there is none. */
export type SharedOf<C> = C extends PlainCellSpec ? ReadOnly<StateOf<C>> : undefined

/** Where a handler sends elements beside its result. */
export interface SideOutput<in V> {
  /** Takes an element, which goes out when the call has returned. */
  emit(value: V): void
}

type ValueOfOutput<O> = O extends OutputSpec<infer V> ? V : never

/** What every handler is given. It is good for one call: use nothing of it once that has returned. */
export interface ProcessContext<K, C, Ti, O, Sh> {
  /** The key at hand; undefined on a stream without keys. */
  readonly key: K
  /** When the element happened, or the timer was due; epoch milliseconds. */
  readonly time: number
  /** The cells, of the key at hand. */
  readonly state: { readonly [N in keyof C]: StateOf<C[N]> }
  /** The timers, of the key at hand. */
  readonly timers: { readonly [N in keyof Ti]: Timer }
  readonly outputs: { readonly [N in keyof O]: SideOutput<ValueOfOutput<O[N]>> }
  /** What is the same for all keys, and set in `onBroadcast`. */
  readonly shared: SharedOf<Sh>
  /** Whether the input has ended and is being drained: who sets a timer again and again should stop then. */
  readonly draining: boolean
  /** Processing time: epoch milliseconds that never go back. */
  now(): number
}

/** A timer that is due. */
export interface TimerEvent<Name> {
  readonly name: Name
  readonly time: number
  /** The id that it was set with, if any. */
  readonly id: TimerId | undefined
}

/** A window that closes, with its state. */
export type CloseEvent<C> = {
  readonly [N in keyof C]: C[N] extends WindowsSpec<infer S>
    ? { readonly cell: N; readonly window: Window; readonly state: S }
    : never
}[keyof C]

/** What `onBroadcast` is given. */
export interface BroadcastContext<Sh> {
  readonly time: number
  readonly shared: Sh extends PlainCellSpec ? StateOf<Sh> : never
  now(): number
}

/** What a handler may return: elements to give out, or nothing; or a promise of it. */
export type Given<U> = Iterable<U> | Nothing | PromiseLike<Iterable<U> | Nothing>

// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return gives void
type Nothing = void | undefined

/** The types of a process function. */
export interface ProcessFunction<
  K,
  T,
  C extends CellSpecs,
  Ti extends TimerSpecs,
  O extends OutputSpecs,
  U1,
  U2,
  U3,
  U4,
  Sh = undefined,
> {
  /** Cells, of which each key has its own: `value()`, `list()`, `map()`, `windows()`. */
  readonly state?: C
  /** Timers, of which each key has its own: `'event'` ones are due when the watermark has come so far, `'processing'` ones by the clock. */
  readonly timers?: Ti
  /** Side outputs: `output()`. */
  readonly outputs?: O
  /** Called with each element. */
  onElement(element: T, context: ProcessContext<K, C, Ti, O, Sh>): Given<U1>
  /** Called when a timer is due, which is gone then. */
  onTimer?(timer: TimerEvent<keyof Ti & string>, context: ProcessContext<K, C, Ti, O, Sh>): Given<U2>
  /** Called once for each key and window when the watermark has passed it, with the time end − 1. */
  onClose?(closed: CloseEvent<C>, context: ProcessContext<K, C, Ti, O, Sh>): Given<U3>
  /** Called for each key that has state when a drain has brought the end of the input, after all timers. */
  onEnd?(context: ProcessContext<K, C, Ti, O, Sh>): Given<U4>
}

/** A process function with a shared cell and an input that sets it. */
export interface BroadcastFunction<
  K,
  T,
  B,
  C extends CellSpecs,
  Ti extends TimerSpecs,
  O extends OutputSpecs,
  Sh extends PlainCellSpec,
  U1,
  U2,
  U3,
  U4,
> extends ProcessFunction<K, T, C, Ti, O, U1, U2, U3, U4, Sh> {
  /** The cell that is the same for all keys: each task has a copy. */
  readonly shared: Sh
  /** Called in each task with each element of the broadcast stream. */
  onBroadcast(element: B, context: BroadcastContext<Sh>): Given<never>
}

/** The values of side outputs, by name. */
export type OutputValues<O> = { readonly [N in keyof O]: ValueOfOutput<O[N]> }
