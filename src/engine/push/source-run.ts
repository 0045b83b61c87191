/** Runs a source into an output. */
import type { ElementMeta, Source, SourceHost } from '../../connect/index.ts'
import type { SourceEnd } from '../../operators/index.ts'
import type { Hold } from '../hold.ts'
import type { PushOutput } from './push-output.ts'

/** A source that can be started and stopped. */
export class SourceRun {
  readonly name: string
  readonly #source: Source<unknown>
  readonly #output: PushOutput
  #stop = new AbortController()
  #running: Promise<SourceEnd> | undefined
  readonly #users = new Set<object>()
  #underWay = 0
  #idle: (() => void) | undefined
  /** Let go on what waits for elements under way, once nobody finishes them any more. */
  readonly #waiting = new Set<() => void>()
  #isAbandoned = false
  #failure: Error | undefined

  constructor(source: Source<unknown>, output: PushOutput) {
    this.name = source.name
    this.#source = source
    this.#output = output
  }

  /**
   * Settles when the source has ended, or was stopped, and all that it brought is done. Started already,
   * it goes on, and stops when all `users` have left; whoever runs it without a name never leaves.
   */
  run(user: object = {}): Promise<SourceEnd> {
    this.#users.add(user)
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      this.#users.clear()
    })
    return this.#running
  }

  /** Stops it, unless others run it too. */
  async leave(user: object): Promise<void> {
    if (this.#users.delete(user) && this.#users.size === 0) await this.stop()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    // Who runs the source hears of its failure.
    await this.#running?.catch(() => undefined)
  }

  /** As `stop`, but leaves what is under way: the graph is torn down, and nobody finishes it. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    for (const goOn of this.#waiting) goOn()
    this.#waiting.clear()
    await this.stop()
  }

  async #run(): Promise<SourceEnd> {
    this.#stop = new AbortController()
    this.#isAbandoned = false
    this.#failure = undefined
    this.#output.hasEnded = false
    await this.#source.run(this.#host(this.#stop.signal))
    if (this.#underWay > 0) {
      await this.#orAbandoned(
        new Promise<void>(resolve => {
          this.#idle = resolve
        }),
      )
    }
    this.#throwFailure()
    if (this.#stop.signal.aborted) return 'stopped'
    await this.#orAbandoned(this.#output.end())
    return 'ended'
  }

  /** Settles with the promise, or when nobody will settle it any more. */
  #orAbandoned(promise: Promise<void> | undefined): Promise<void> | undefined {
    if (promise === undefined) return undefined
    return new Promise((resolve, reject) => {
      if (this.#isAbandoned) resolve()
      else this.#waiting.add(resolve)
      promise.finally(() => this.#waiting.delete(resolve)).then(resolve, reject)
    })
  }

  #host(signal: AbortSignal): SourceHost<unknown> {
    return {
      clock: this.#output.scope.clock,
      signal,
      emit: (value, meta) => {
        this.#throwFailure()
        const hold = this.#hand(value, meta)
        hold?.onDone(() => {
          this.#failure ??= hold.failure
        })
        return this.#orAbandoned(hold?.room())
      },
      // Who waits for an element hears of its failure: the next one may fare better.
      process: (value, meta) => this.#orAbandoned(this.#hand(value, meta)?.done()),
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #hand(value: unknown, meta: ElementMeta | undefined): Hold | undefined {
    const hold = this.#output.emitHeld(value, meta)
    if (hold === undefined) return undefined
    this.#underWay++
    hold.onDone(() => {
      this.#underWay--
      if (this.#underWay === 0) this.#idle?.()
    })
    return hold
  }
}
