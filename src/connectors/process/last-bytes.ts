/** The end of a long text, for the message of a failure. */

/** Keeps the last bytes of what is added. */
export class LastBytes {
  readonly #limit: number
  #kept: Buffer = Buffer.alloc(0)
  #isCut = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(chunk: Buffer): void {
    const whole = Buffer.concat([this.#kept, chunk.subarray(-this.#limit)])
    if (this.#kept.length + chunk.length > this.#limit) this.#isCut = true
    this.#kept = Buffer.from(whole.subarray(-this.#limit))
  }

  /** What is kept; where something was before it, from the next line on. */
  get text(): string {
    const text = this.#kept.toString('utf8')
    if (!this.#isCut) return text
    const lineEnd = text.indexOf('\n')
    return `…${lineEnd < 0 || lineEnd === text.length - 1 ? text : text.slice(lineEnd)}`
  }
}
