/**
 * The connector interface for the way in, of what pushes: a live stream runs it. A source only runs,
 * emits and stops; whoever runs it owns back-pressure, failures and restarts.
 */
import type { Clock } from '../time/index.ts'

/** What may travel with an element that is emitted. */
export interface ElementMeta {
  /** When it happened, epoch milliseconds; without it, when it is emitted. */
  readonly time?: number
  /** Facts beside the value; steps that make one element of one pass them on. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a source is run with. */
export interface SourceHost<T> {
  readonly clock: Clock
  /** Aborted when the source has to stop. */
  readonly signal: AbortSignal
  /**
   * Hands on one element. A promise: wait for it before the next one, there is no room (back-pressure).
   * Throws, or rejects, what a step could not process; the element is then not tried again. The host
   * settles the promise in any case, soon after `signal` is aborted at the latest, and still takes
   * what a source has as its last words then.
   */
  emit(value: T, meta?: ElementMeta): Promise<void> | undefined
  /**
   * As `emit`, but a promise settles only when everything below is done with the element. As that may
   * take others of its kind (a step that makes pairs is done with the first when it has the second), a
   * source may call it again meanwhile; how often at once is for the source to bound.
   */
  process(value: T, meta?: ElementMeta): Promise<void> | undefined
}

/** Brings elements into Sluice. */
export interface Source<T> {
  /** What it is called in pictures and messages, such as `file access.log`. */
  readonly name: string
  /**
   * Resolves at the end of the input, or soon after `host.signal` is aborted, with everything it
   * opened closed; rejects when the world outside fails for good. Run again after a stop, it goes on
   * where that makes sense, and says so.
   */
  run(host: SourceHost<T>): Promise<void>
}
