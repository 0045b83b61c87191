/** The end of a pipeline at a connector. */
import type { InputCommit, InputPosition } from '../broker/index.ts'
import type { Sink } from '../connect/index.ts'
import type { Context } from '../graph/index.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'

/** What the commits of a sink's tasks are counted under; no step of a graph can have this id. */
export function sinkRow(step: string): string {
  return `(sink) ${step}`
}

/** Whether a position counts commits of a sink. */
export function isSinkRow(step: string): boolean {
  return step.startsWith('(sink) ')
}

/** Hands elements to a sink, and tells it of commits, which it numbers. */
export class ConnectorSink implements Operator {
  readonly sink: Sink<unknown>
  /** Whether anything was written since the last commit. */
  hasPending = false
  readonly #failures: FailureHandler
  readonly #claimed: InputPosition
  /** The number of the last durable commit. */
  #committed: number

  constructor(sink: Sink<unknown>, failures: FailureHandler, claimed: InputPosition) {
    this.sink = sink
    this.#failures = failures
    this.#claimed = claimed
    this.#committed = claimed.next
  }

  /** Lets the sink make visible what counted before a crash. */
  async recover(): Promise<void> {
    await this.sink.recover?.(this.#committed)
  }

  /** Makes what was written ready. */
  async prepare(): Promise<void> {
    await this.sink.prepare(this.#committed + 1)
  }

  /** What goes into the commit, so that the number is durable with what it numbers. */
  get row(): InputCommit {
    return { ...this.#claimed, from: this.#committed, next: this.#committed + 1 }
  }

  /** The commit is durable: what was prepared counts. */
  async commit(): Promise<void> {
    this.#committed++
    this.hasPending = false
    await this.sink.commit(this.#committed)
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
