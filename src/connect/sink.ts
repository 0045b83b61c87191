/**
 * The connector interface for the way out. A sink only recovers, writes, prepares, commits and closes;
 * the engine owns the loop.
 *
 * The order of calls, by one task, never concurrently: `recover(id)` → `write`* → `prepare(id + 1)` →
 * (the commit becomes durable) → `commit(id + 1)` → `write`* … → `close`. Commits of one sink in one
 * task are numbered without gaps, from 1, over all runs: the number of the last durable one is kept in
 * the same commit. So a sink is exactly once if `prepare` stores what was written where it survives,
 * under its number, `commit` makes it visible, and `recover` makes the same of what was prepared up to
 * its number, and forgets what was prepared beyond: that never counted, and is written again.
 */

import type { Listener } from '../observe/index.ts'

/** What a sink is opened with. */
export interface SinkHost {
  /** The id of the sink's step. */
  readonly step: string
  /** Which of the step's tasks it belongs to, from 0; the same work has the same number in every run. */
  readonly task: number
  readonly publish: Listener
  /** Resolves when everything published so far has reached its listener; undefined: it has already. */
  delivered(): Promise<void> | void
}

/** Where `to` can send a stream beside a topic: makes a sink for each task that writes, in each run anew. */
export interface SinkTarget<T> {
  open(host: SinkHost): Sink<T>
}

/** Takes elements out of Sluice. */
export interface Sink<T> {
  /**
   * Called once, before anything is written, with the number of the last durable commit, 0 when there
   * was none: what was prepared under it may not have been made visible before a crash.
   */
  recover?(commitId: number): Promise<void> | void
  /** Takes one element; must not keep `meta` past the call. */
  write(value: T, meta: SinkMeta): void
  /**
   * Makes everything written since the last commit ready. A rejection fails the commit group: the sink
   * forgets what was written, and what is to be tried again is written again.
   */
  prepare(commitId: number): Promise<void> | void
  /** What was prepared under this number counts: make it visible. */
  commit(commitId: number): Promise<void> | void
  /** Frees what the sink holds; after an aborted commit this comes without `commit`. */
  close(): Promise<void> | void
}

/** What is known of an element when it is written. */
export interface SinkMeta {
  readonly time: number
  readonly key: unknown
}
