/**
 * The two outputs of a command: lines for programs on standard output, words for people on standard
 * error.
 *
 * Lines are collected and written in the microtask after the first of them: a thousand lines cost one
 * write, and what is printed just before a commit is out before it. A reader that has gone, as in
 * `| head`, is no failure: `closed` says so, and further lines are dropped. An output that fails for
 * another reason, such as a full disk, is closed too, and `failure` says why.
 */
import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'

/** Collected text is written at once when it is longer. */
const WRITE_AT_LENGTH = 64 * 1024
const CLEAR_LINE = '\r\u001b[2K'

/** How a text is to stand out. */
export type Style = 'red' | 'yellow' | 'green' | 'bold' | 'dim'

/** Writes for one process. */
export class Terminal {
  readonly #output: WriteStream
  readonly #errors: WriteStream
  readonly #closed = new AbortController()
  #lines: string[] = []
  #length = 0
  #status = ''
  #hasErrors = true
  #failure: Error | undefined

  constructor(output: WriteStream, errors: WriteStream) {
    this.#output = output
    this.#errors = errors
    output.on('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EPIPE') this.#failure ??= thrown
      this.#closed.abort()
    })
    errors.on('error', () => {
      this.#hasErrors = false
    })
  }

  /** Aborted when standard output takes nothing more. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Why lines were lost that somebody wanted; undefined when none were, or when the reader has gone. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Whether a person watches standard error, so that a line can be redrawn. */
  get isWatched(): boolean {
    return this.#errors.isTTY
  }

  /** Prints one line on standard output. */
  line(text: string): void {
    if (this.#length === 0) queueMicrotask(() => this.#write())
    this.#lines.push(text)
    this.#length += text.length + 1
    if (this.#length > WRITE_AT_LENGTH) this.#write()
  }

  /** Resolves when standard output takes more, or never will again. */
  async drained(): Promise<void> {
    this.#write()
    if (!this.#output.writableNeedDrain || this.closed.aborted) return
    await new Promise<void>(resolve => {
      const done = (): void => {
        this.#output.off('drain', done)
        this.closed.removeEventListener('abort', done)
        resolve()
      }
      this.#output.once('drain', done)
      this.closed.addEventListener('abort', done)
    })
  }

  /** Says something to people, on standard error. */
  say(text: string): void {
    this.#write()
    this.#toPeople(`${this.#status === '' ? '' : CLEAR_LINE}${text}\n${this.#status}`)
  }

  /** Draws the line that says where things stand; only where somebody watches. */
  status(text: string): void {
    if (!this.isWatched) return
    const columns = this.#errors.columns > 0 ? this.#errors.columns : 80
    this.#status = text.length < columns ? text : `${text.slice(0, columns - 2)}…`
    this.#toPeople(CLEAR_LINE + this.#status)
  }

  /** Takes the status line away. */
  clearStatus(): void {
    if (this.#status === '') return
    this.#status = ''
    this.#toPeople(CLEAR_LINE)
  }

  /** The text in a colour, where people see colours on standard error. */
  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#errors })
  }

  /** The text in a colour, where people see colours on standard output. */
  paintLine(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#output })
  }

  /** Writes what is left, and resolves when it is out. */
  async end(): Promise<void> {
    this.clearStatus()
    this.#write()
    if (this.closed.aborted) return
    await new Promise<void>(resolve => this.#output.write('', () => resolve()))
  }

  #write(): void {
    if (this.#length === 0) return
    const text = `${this.#lines.join('\n')}\n`
    this.#lines = []
    this.#length = 0
    if (this.closed.aborted) return
    const covers = this.#status !== '' && this.#output.isTTY
    if (covers) this.#toPeople(CLEAR_LINE)
    this.#output.write(text)
    if (covers) this.#toPeople(this.#status)
  }

  #toPeople(text: string): void {
    if (this.#hasErrors) this.#errors.write(text)
  }
}
