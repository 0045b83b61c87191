/**
 * The interface between a stateful step and whoever runs it: the `process` core kind.
 *
 * A kernel factory is configuration, part of the graph; `open` makes the running logic for one
 * shard from its state and nothing else.
 */
import type { Key } from '../codec/index.ts'
import type { Cells } from '../state/index.ts'
import type { Context } from './context.ts'
import type { Refs } from './ref-counter.ts'

/** What a kernel may ask of its host; `Out` is what it gives out. */
export interface KernelHost<Out = unknown> {
  /** The cells of this (step, shard), restored before `open`. */
  readonly state: Cells
  /** How many inputs the step has; `context.side` says by which an element comes. */
  readonly inputs: number
  /** Whether the stream has keys: then `context.key` is one, and each has state of its own. */
  readonly isKeyed: boolean
  /** The step's id, and the number of the task that it runs in: the shard of its keys. */
  readonly id: string
  readonly task: number
  /** Whether the step belongs to a live stream: its state lives as long as the stream does. */
  readonly isLive: boolean
  /** Hands an element to the main output; the context must describe it. */
  emit(value: Out, context: Context): void
  /** Hands an element to a named side output. */
  emitTo(output: string, value: unknown, context: Context): void
  /** Counts elements that were not processed as usual, such as `late`. */
  count(what: KernelCounter, elements: number): void
  /** Reports that the user's function threw outside `push` (which may throw itself); the step's policy decides. */
  failed(thrown: unknown, value: unknown, context: Context): void
  /** Says that `advance` has something to do once the watermark reaches `timeMs`. */
  wakeAt(timeMs: number): void
  /** Processing time: epoch milliseconds that never go back. */
  now(): number
  /** Asks for one call of `alarm` once processing time has reached `timeMs`; replaces what was asked before, +∞: nothing. */
  alarmAt(timeMs: number): void
  /**
   * Hands an element to the main output as one that nobody waits for, and says whether everything
   * below is done with it; else `done` is called when it is. Where only commits count, it is.
   */
  emitApart(value: Out, context: Context, done: () => void): boolean
  /** There is no room for the element that is being pushed: its producer should wait until this is released. */
  holdBack(): HeldBack
  /**
   * Calls `then` when the promise has settled, with what it was rejected with; for what belongs to no element.
   * Watermarks wait as long as `waits()` of the kernel says so.
   */
  whenSettled(
    promise: PromiseLike<unknown>,
    then: (failure: { readonly thrown: unknown } | undefined) => void,
  ): void
  /** The step will give nothing any more; a live stream ends here. */
  complete(): void
  /** Lets go of counters that the kernel retained, as soon as what was emitted with them is done. */
  release(refs: Refs | undefined): void
  /** Throws `KEY_MISPLACED` when the key does not belong to this shard; called at the first sight of a key. */
  checkKey(context: Context): void
  /** Whether the step's error policy needs a failed call to leave no half effect. */
  readonly guarded: boolean
}

/** A producer that waits. */
export interface HeldBack {
  release(): void
  /** Processes what follows from the element that it waits for, and lets it go when that is done. */
  resume(process: () => void): void
}

/** What a kernel counts beside elements. */
export type KernelCounter = 'late' | 'finallyLate'

/** The running logic of a stateful step for one shard. Called by one task, never concurrently. `In` is what it takes. */
export interface Kernel<In = unknown> {
  /**
   * One element, with the context that describes it. What the user's function throws is passed on, without a
   * half effect. With a promise the elements and watermarks that follow wait, the element is part of the
   * progress, and what the promise gives goes to `settle`; until then nothing may have changed.
   */
  push(value: In, context: Context): unknown
  /** What `push` gave a promise of takes effect. */
  settle?(result: unknown, value: In, context: Context): void
  /**
   * The watermark has reached `watermark`, +∞ at the end of a drained input: fires what is due, in
   * the order of time. The context may be used freely; its key, time and so on are not defined.
   */
  advance(watermark: number, context: Context): void
  /** How far, in milliseconds of event time, its results may be behind the watermark: so far it is held back below. */
  readonly lagMs?: number
  /** The earliest watermark at which `advance` has something to do; +∞ for none. */
  due(): number
  /** Processing time has reached what `alarmAt` asked for. The context may be used freely, as in `advance`. */
  alarm?(now: number, context: Context): void
  /** Whether elements wait here for something else than a watermark: watermarks wait behind them. */
  waits?(): boolean
  /** Gives out what it collected, on demand. */
  flush?(context: Context): void
  /** The inputs of a live step have changed: for each one now its former number, −1 for a new one. */
  rewire?(former: readonly number[]): void
  /** A partial aggregate made before the exchange; only for kernels with `partial`. */
  mergePartial?(partial: Partial, context: Context): void
}

/** One partial aggregate on its way through an exchange: the key is the context's. */
export interface Partial {
  /** The start of the window. */
  readonly window: number
  /** How many elements it holds. */
  readonly count: number
  /** The accumulator as its fold writes it into state. */
  readonly state: unknown
}

/** Aggregates before an exchange, for kernels whose results do not depend on the order. */
export interface PartialAggregator {
  /** Takes an on-time element and gives true; false for a late one, which then travels alone. May throw as `push` may. */
  add(value: unknown, context: Context): boolean
  /** How many partials it holds. */
  readonly size: number
  /** Hands out all partials and forgets them. */
  drain(write: (key: Key, partial: Partial) => void): void
}

/** Makes kernels: the configuration of a stateful step. */
export interface KernelFactory<In = unknown, Out = unknown> {
  /** Changes whenever state written by another version would be read wrongly. */
  readonly fingerprint: string
  open(host: KernelHost<Out>): Kernel<In>
  /** Whether it reads what a factory with this fingerprint has stored, beside one with its own. */
  readonly reads?: (fingerprint: string) => boolean
  /** The inputs, by number, that do not move event time: only their end counts. */
  readonly untimed?: readonly number[]
  /** What there is to say of it beside the fingerprint, in a few words for pictures and lists. */
  readonly details?: string
  /** Of windows: for how long, in event time, they still take late elements and correct their results. */
  readonly latenessMs?: number
  /** Whether it looks at the times of elements: a live stream asks the clock only then. */
  readonly readsTime?: 'time' | 'watermark'
  /** Present when elements may be aggregated before the exchange. */
  readonly partial?: (guarded: boolean) => PartialAggregator
}
