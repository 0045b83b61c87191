/**
 * The connector interface for the way out. A sink only writes, prepares, commits and closes; the
 * engine owns the loop.
 *
 * The order of calls, by one task, never concurrently: `write`* → `prepare(id)` → (the commit
 * becomes durable) → `commit(id)` → `write`* … → `close`. After a crash between `prepare` and
 * `commit` the elements are written again under a new commit unless the commit became durable:
 * a sink that must not repeat itself makes what it prepared visible only in `commit`.
 */

import type { Listener } from '../observe/index.ts'

/** What a sink is opened with. */
export interface SinkHost {
  /** The id of the sink's step. */
  readonly step: string
  readonly publish: Listener
  /** Resolves when everything published so far has reached its listener; undefined: it has already. */
  delivered(): Promise<void> | undefined
}

/** Where `to` can send a stream beside a topic: makes a sink for each task that writes, in each run anew. */
export interface SinkTarget<T> {
  open(host: SinkHost): Sink<T>
}

/** Takes elements out of Sluice. */
export interface Sink<T> {
  /** Takes one element; must not keep `meta` past the call. */
  write(value: T, meta: SinkMeta): void
  /** Makes everything written since the last `prepare` ready; a rejection fails the commit group. */
  prepare(commitId: number): Promise<void> | undefined
  /** What was prepared under this id is durable in Sluice: make it visible. */
  commit(commitId: number): Promise<void> | undefined
  /** Frees what the sink holds; after an aborted commit this comes without `commit`. */
  close(): Promise<void> | undefined
}

/** What is known of an element when it is written. */
export interface SinkMeta {
  readonly time: number
  readonly key: unknown
}
