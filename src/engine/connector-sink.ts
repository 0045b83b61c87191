/** The end of a pipeline at a connector. */
import type { Sink } from '../connect/index.ts'
import type { Context } from '../graph/index.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'

/** Hands elements to a sink, and tells it of commits. */
export class ConnectorSink implements Operator {
  readonly sink: Sink<unknown>
  /** Whether anything was written since the last commit. */
  hasPending = false
  readonly #failures: FailureHandler

  constructor(sink: Sink<unknown>, failures: FailureHandler) {
    this.sink = sink
    this.#failures = failures
  }

  push(value: unknown, context: Context): void {
    this.hasPending = true
    try {
      this.sink.write(value, context)
    } catch (thrown) {
      this.#failures.handle(thrown, value, context)
    }
  }

  advance(): void {
    // Connectors have no use for watermarks.
  }
}
