/** A live stream as an async iterator. */
import type { LivePort } from './live-port.ts'

interface Waiting<T> {
  readonly value: T
  readonly done: () => void
}

/** Iterates over the elements of an edge from now on. */
export function iterate<T>(port: LivePort): AsyncIterableIterator<T> {
  return new LiveIterator<T>(port)
}

class LiveIterator<T> implements AsyncIterableIterator<T> {
  readonly #port: LivePort
  readonly #detach: () => void
  readonly #queue: Waiting<T>[] = []
  /** The element that the loop is busy with. */
  #current: Waiting<T> | undefined
  #wanted: (() => void) | undefined
  #hasEnded = false
  #failure: { readonly thrown: unknown } | undefined
  #isStarted = false
  /** Calls of `next` follow each other, also of a loop that does not wait. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(port: LivePort) {
    this.#port = port
    this.#detach = port.tap({
      push: value =>
        new Promise<void>(done => {
          // What is tapped are the elements of the stream that is iterated.
          this.#queue.push({ value: value as T, done })
          this.#wanted?.()
        }),
      end: () => this.#end(),
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const next = this.#turn.then(() => this.#next())
    this.#turn = next.catch(() => undefined)
    return next
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    this.#current?.done()
    this.#current = undefined
    this.#start()
    while (this.#queue.length === 0 && !this.#hasEnded && this.#failure === undefined) {
      await new Promise<void>(resolve => {
        this.#wanted = resolve
      })
    }
    this.#current = this.#queue.shift()
    if (this.#current !== undefined) return { done: false, value: this.#current.value }
    await this.#leave()
    if (this.#failure !== undefined) throw this.#failure.thrown
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    await this.#leave()
    return { done: true, value: undefined }
  }

  #start(): void {
    if (this.#isStarted) return
    this.#isStarted = true
    this.#port.run(this).then(
      end => {
        // What was stopped brings nothing more, though it has not ended.
        if (end === 'stopped') this.#end()
      },
      (thrown: unknown) => {
        this.#failure ??= { thrown }
        this.#wanted?.()
      },
    )
  }

  #end(): void {
    this.#hasEnded = true
    this.#wanted?.()
  }

  /** Nobody asks for elements any more: those that wait must not hold back their producers. */
  async #leave(): Promise<void> {
    this.#hasEnded = true
    this.#detach()
    this.#current?.done()
    this.#current = undefined
    for (const { done } of this.#queue.splice(0)) done()
    this.#wanted?.()
    if (this.#isStarted) await this.#port.leave(this)
  }
}
