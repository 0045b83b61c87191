/**
 * Lets the elements of several connections through one at a time, in the order in which they asked: the
 * next is handed on when the promise of the one before has settled. Who waits here does not read on, so
 * back-pressure reaches every connection.
 */
import type { SourceHost } from '../../connect/index.ts'
import type { RunScope } from './run-scope.ts'

/** The one way to the host for all connections of a source. */
export class Turnstile<T> {
  readonly #host: SourceHost<T>
  readonly #scope: RunScope
  readonly #waiting: (() => void)[] = []
  #isBusy = false

  constructor(host: SourceHost<T>, scope: RunScope) {
    this.#host = host
    this.#scope = scope
  }

  /**
   * Hands on one element; a promise: wait for it before the next. Never throws: a failure ends the run
   * through its scope, after which nothing is handed on any more.
   */
  emit(value: T): Promise<void> | undefined {
    if (this.#isBusy) return this.#emitLater(value)
    if (this.#scope.isStopped) return undefined
    try {
      const settled = this.#host.emit(value)
      if (settled === undefined) return undefined
      this.#isBusy = true
      return this.#waitFor(settled)
    } catch (thrown) {
      this.#scope.fail(thrown)
      return undefined
    }
  }

  async #emitLater(value: T): Promise<void> {
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    try {
      if (!this.#scope.isStopped) await this.#host.emit(value)
    } catch (thrown) {
      this.#scope.fail(thrown)
    } finally {
      this.#passOn()
    }
  }

  async #waitFor(settled: Promise<void>): Promise<void> {
    try {
      await settled
    } catch (thrown) {
      this.#scope.fail(thrown)
    } finally {
      this.#passOn()
    }
  }

  /** The turn goes to who has waited longest; without anybody, it is free. */
  #passOn(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#isBusy = false
    else next()
  }
}
