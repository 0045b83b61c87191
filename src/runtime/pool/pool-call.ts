/** One call of a pool, from its asking to its answer. */
import type { ModuleFunction } from '../../connect/index.ts'

/** A call. It is settled once. */
export class PoolCall {
  readonly id: number
  readonly fn: ModuleFunction<never, unknown>
  readonly args: readonly unknown[]
  /** How many workers have begun it. */
  attempts = 0
  readonly #settle: PromiseWithResolvers<unknown> = Promise.withResolvers()
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: () => void

  constructor(
    id: number,
    fn: ModuleFunction<never, unknown>,
    {
      args,
      signal,
      aborted,
    }: {
      readonly args: readonly unknown[]
      readonly signal: AbortSignal | undefined
      readonly aborted: (call: PoolCall) => void
    },
  ) {
    this.id = id
    this.fn = fn
    this.args = args
    this.#signal = signal
    this.#onAbort = () => aborted(this)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The answer. */
  get answer(): Promise<unknown> {
    return this.#settle.promise
  }

  resolve(value: unknown): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#settle.resolve(value)
  }

  reject(reason: unknown): void {
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#settle.reject(reason)
  }
}
