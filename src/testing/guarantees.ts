/** What brokers, sources and sinks guarantee, as words that the conformance suites check. */

/** Whether what was there can be read again: from the log, from a disk after a restart, while the process lives, or not. */
export type Replay = 'log' | 'disk' | 'process' | 'none'

/**
 * How an element has its effect once: with the commit that counts it; while the process lives, whose
 * memory it is in; or at least once, since it leaves before the commit.
 */
export type ExactlyOnce = 'commit' | 'process' | 'atLeastOnce'

/** The guarantees of one broker, source or sink. */
export interface Guarantees {
  readonly name: string
  readonly replay: Replay
  /** The elements of one partition keep their order. */
  readonly order: 'partition'
  readonly exactlyOnce: ExactlyOnce
}
