/**
 * One run of a source that does several things at once (connections, pipes): whatever ends it, a stop
 * from outside or the first failure, ends all of them, and the failure is what the run rejects with.
 */

/** What the parts of one run share. */
export class RunScope {
  /** Resolves when the run has to stop. */
  readonly stopped: Promise<void>
  readonly #outer: AbortSignal
  readonly #inner = new AbortController()
  readonly #stop = (): void => this.stop()
  #failure: { readonly thrown: unknown } | undefined

  constructor(outer: AbortSignal) {
    this.#outer = outer
    this.stopped = new Promise(resolve => {
      this.#inner.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    if (outer.aborted) this.stop()
    else outer.addEventListener('abort', this.#stop, { once: true })
  }

  /** Aborted when the run has to stop, for whatever reason. */
  get signal(): AbortSignal {
    return this.#inner.signal
  }

  get isStopped(): boolean {
    return this.#inner.signal.aborted
  }

  stop(): void {
    this.#inner.abort()
  }

  /** Ends the run with this failure, unless another one came first. */
  fail(thrown: unknown): void {
    this.#failure ??= { thrown }
    this.stop()
  }

  /** The last call, when everything is closed: throws the failure, if there was one. */
  end(): void {
    this.#outer.removeEventListener('abort', this.#stop)
    if (this.#failure !== undefined) throw this.#failure.thrown
  }
}
