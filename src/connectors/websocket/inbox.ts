/** Messages of one socket that wait to be handed on, and how much memory they take. */

/** What a message costs beside its bytes, about: so that empty ones count too. */
const OVERHEAD_BYTES = 64

/** A message that waits. */
export interface Message<T> {
  readonly value: T
  readonly bytes: number
}

/** Filled by events, emptied by a loop. */
export class Inbox<T> {
  #messages: Message<T>[] = []
  /** Messages before this index have been taken. */
  #first = 0
  #bytes = 0
  #isClosed = false
  #wake: (() => void) | undefined

  /** How much memory those that wait take, about. */
  get bytes(): number {
    return this.#bytes
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  push(value: T, bytes: number): void {
    const message = { value, bytes: bytes + OVERHEAD_BYTES }
    this.#messages.push(message)
    this.#bytes += message.bytes
    this.#wake?.()
  }

  /** No more will come; what waits can still be taken. */
  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  /** The one that has waited longest, if any waits. */
  take(): Message<T> | undefined {
    const message = this.#messages[this.#first]
    if (message === undefined) return undefined
    this.#first++
    this.#bytes -= message.bytes
    if (this.#first * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first)
      this.#first = 0
    }
    return message
  }

  /** Resolves with the next message or the end, or when `signal` is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#wake = wake
      signal.addEventListener('abort', wake)
    })
  }
}
