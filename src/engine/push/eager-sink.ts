/** A connector's sink in a live graph: it commits as soon as something was written. */
import type { Sink, SinkHost } from '../../connect/index.ts'
import { type Context, type KeptContext, keepContext, newContext, resumeContext } from '../../graph/index.ts'
import type { FailureHandler } from '../failure.ts'
import type { Hold } from '../hold.ts'
import type { Operator } from '../operator.ts'
import type { Scope } from '../scope.ts'
import type { StepParts } from '../step-operator.ts'

interface Written {
  readonly value: unknown
  readonly context: KeptContext
  readonly hold: Hold | undefined
}

/** Writes elements; each is unfinished until the commit that it is in has been made. */
export class EagerSink implements Operator {
  readonly #open: () => Sink<unknown>
  readonly #failures: FailureHandler
  readonly #scope: Scope
  #sink: Sink<unknown> | undefined
  #commits = 0
  /** What came while a commit was under way. */
  #waiting: Written[] = []
  #busy: Promise<void> | undefined

  constructor(open: (host: SinkHost) => Sink<unknown>, step: string, { failures, scope }: StepParts) {
    const { publish, delivered } = scope
    this.#open = () => open({ step, task: 0, publish, delivered })
    this.#failures = failures
    this.#scope = scope
  }

  push(value: unknown, context: Context): void {
    if (this.#busy !== undefined) {
      this.#waiting.push(this.#keep(value, context))
      return
    }
    try {
      this.#sink ??= this.#open()
      const recovered = this.#commits === 0 ? this.#sink.recover?.(0) : undefined
      if (recovered !== undefined) {
        this.#waiting.push(this.#keep(value, context))
        this.#busy = this.#settle([], recovered)
        return
      }
      this.#sink.write(value, context)
      const done = this.#commit(this.#sink)
      if (done !== undefined) this.#busy = this.#settle([this.#keep(value, context)], done)
    } catch (thrown) {
      this.#failures.handle(thrown, value, context)
    }
  }

  /** Connectors have no use for watermarks, but the end waits for what is being written. */
  advance(watermark: number): void {
    if (this.#busy === undefined) return
    const hold = this.#scope.holdForEnd(watermark)
    if (hold !== undefined) void this.#idle().then(() => hold.release())
  }

  async close(): Promise<void> {
    await this.#idle()
    await this.#sink?.close()
    this.#sink = undefined
  }

  async #idle(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy
  }

  #keep(value: unknown, context: Context): Written {
    return { value, context: keepContext(context), hold: this.#scope.keep() }
  }

  #commit(sink: Sink<unknown>): Promise<void> | void {
    this.#commits++
    const id = this.#commits
    const prepared = sink.prepare(id)
    return prepared === undefined ? sink.commit(id) : prepared.then(() => sink.commit(id))
  }

  /** Waits for a commit, then writes what came meanwhile. */
  async #settle(written: readonly Written[], done: Promise<void>): Promise<void> {
    try {
      await done
      for (const { hold } of written) hold?.free()
    } catch (thrown) {
      for (const each of written) this.#fail(each, thrown)
    }
    const waiting = this.#waiting
    this.#waiting = []
    this.#busy = undefined
    if (waiting.length > 0) this.#write(waiting)
  }

  #write(waiting: readonly Written[]): void {
    const written: Written[] = []
    try {
      this.#sink ??= this.#open()
      for (const each of waiting) {
        this.#sink.write(each.value, contextOf(each))
        written.push(each)
      }
      const done = this.#commit(this.#sink)
      if (done === undefined) for (const { hold } of written) hold?.free()
      else this.#busy = this.#settle(written, done)
    } catch (thrown) {
      // Which of them it was that could not be written, only the sink knows.
      for (const each of waiting) this.#fail(each, thrown)
    }
  }

  #fail(each: Written, thrown: unknown): void {
    each.hold?.letGo()
    this.#scope.resume(each.hold, () => this.#failures.handle(thrown, each.value, contextOf(each)))
  }
}

function contextOf({ context }: Written): Context {
  const resumed = newContext()
  resumeContext(resumed, context)
  return resumed
}
