/**
 * Runs one source in a test, in place of a stream: keeps what it emits, may hold it back or fail, and
 * finds out when the source does not wait for the promise it was given.
 */
import type { ElementMeta, Source, SourceHost } from '../connect/index.ts'
import { type Clock, systemClock } from '../time/index.ts'

/** One run of a source. */
export class SourceProbe<T> implements SourceHost<T> {
  /** What was emitted or processed, in order. */
  readonly values: T[] = []
  /** What travelled with each of the values. */
  readonly metas: (ElementMeta | undefined)[] = []
  readonly clock: Clock
  /** How many elements were handed on before the promise of an earlier one had settled, at most. */
  mostAtOnce = 0
  /** The run of the source. */
  readonly done: Promise<void>
  readonly #abort = new AbortController()
  #atOnce = 0
  #hold: PromiseWithResolvers<void> | undefined
  #failure: Error | undefined
  #isOver = false
  #watchers: (() => void)[] = []

  constructor(source: Source<T>, clock: Clock = systemClock) {
    this.clock = clock
    // A turn later, so that the test may still say what becomes of the first element.
    this.done = systemClock.yield().then(() => source.run(this))
    const over = (): void => {
      this.#isOver = true
      this.#changed()
    }
    this.done.then(over, over)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  readonly emit = (value: T, meta?: ElementMeta): Promise<void> | undefined => {
    this.values.push(value)
    this.metas.push(meta)
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce + 1)
    this.#changed()
    if (this.#hold === undefined) {
      if (this.#failure !== undefined) throw this.#failure
      return undefined
    }
    return this.#held(this.#hold.promise)
  }

  readonly process = (value: T, meta?: ElementMeta): Promise<void> | undefined => this.emit(value, meta)

  /** From now on elements wait until `release`. */
  hold(): this {
    this.#hold ??= Promise.withResolvers()
    return this
  }

  /** Lets through what is held, and what comes. */
  release(): void {
    this.#hold?.resolve()
    this.#hold = undefined
  }

  /** From now on elements fail: at once, or when they are released. */
  fail(failure: Error): this {
    this.#failure = failure
    return this
  }

  /** Resolves when so many elements have come; rejects when the run ends before. */
  async until(count: number): Promise<void> {
    while (this.values.length < count) {
      if (this.#isOver) {
        await this.done
        throw new Error(`the source ended after ${this.values.length} elements; ${count} were expected`)
      }
      await new Promise<void>(resolve => this.#watchers.push(resolve))
    }
  }

  /** Aborts without waiting. */
  abort(): void {
    this.#abort.abort()
  }

  /** Aborts, and waits for the run to end. */
  async stop(): Promise<readonly T[]> {
    this.abort()
    this.release()
    await this.done
    return this.values
  }

  async #held(released: Promise<void>): Promise<void> {
    this.#atOnce++
    try {
      await released
      if (this.#failure !== undefined) throw this.#failure
    } finally {
      this.#atOnce--
    }
  }

  #changed(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
  }
}
