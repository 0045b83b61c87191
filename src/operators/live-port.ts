/** What an edge of a live graph can do beside being read: implemented by the live runtime. */
import type { ElementMeta, Source } from '../connect/index.ts'
import type { PortRef, RefCounter } from '../graph/index.ts'

/** What may travel with an element that is emitted. */
export interface EmitMeta extends ElementMeta {
  /** Retained until nothing holds the element any more. */
  readonly ref?: RefCounter
}

/** An element with what travels with it. */
export interface Tapped {
  readonly time: number
  readonly key: unknown
  readonly headers: Readonly<Record<string, string>> | undefined
}

/** Reads an edge from outside of the graph, after the readers that were there before. */
export interface Tap {
  /** A promise: its element is not done with, and there is no room for another. */
  push(value: unknown, meta: Tapped): Promise<void> | void
  /** The stream has ended. */
  end(): void
}

/** An element that a policy sent to the dead letters of its graph. */
export interface LiveDeadLetter {
  readonly step: string
  readonly code: string
  readonly message: string
  readonly element: unknown
  /** What was thrown. */
  readonly error: unknown
}

/** How a run of sources ended: by themselves, or because one of them was stopped. */
export type SourceEnd = 'ended' | 'stopped'

/** An edge of a live graph. */
export interface LivePort extends PortRef {
  emit(value: unknown, meta?: EmitMeta): Promise<void> | undefined
  /** Ends the stream here: what is below gives out what it holds. */
  end(): Promise<void> | undefined
  /** Adds the edge from this output to the step of another. */
  connect(to: LivePort): void
  disconnect(from: LivePort): void
  /** Lets the kernel of this step give out what it collected. */
  flush(): Promise<void> | undefined
  /** Makes this stream bring the elements of a source, once it is started. */
  attach(source: Source<unknown>): void
  /**
   * Starts the sources above; settles when all of them have ended, rejects when one fails. They stop
   * when all who ran them, by whatever they call themselves, have left.
   */
  run(user?: object): Promise<SourceEnd>
  leave(user: object): Promise<void>
  /** Stops the sources above. */
  stop(): Promise<void>
  tap(tap: Tap): () => void
  /** Elements of this graph that a policy sent to the dead letters. */
  deadLetters(): LivePort
  /** Detaches this step from all above it; `everything`: the whole graph, its timers and sources. */
  dispose(what: 'step' | 'everything'): Promise<void> | void
}
