/**
 * Lines of a child process. Its pipes are read to their end whatever its exit, and read only as fast as
 * lines are taken, so a slow stream slows the child down and loses nothing. The child is the first of a
 * process group of its own, so that a stop reaches what it started too.
 */
import type { Source, SourceHost } from '../../connect/index.ts'
import { ConnectorError, messageOf, wholeNumber } from '../../errors.ts'
import { type Duration, durationMs } from '../../time/index.ts'
import { ByteSplitter, DEFAULT_MAX_LINE_BYTES, LineTooLong } from '../shared/byte-splitter.ts'
import { type ElementForm, type ElementForms, readerOf } from '../shared/element-form.ts'
import { oneOf, someText } from '../shared/options.ts'
import { readLines } from '../shared/read-lines.ts'
import { RunScope } from '../shared/run-scope.ts'
import { Turnstile } from '../shared/turnstile.ts'
import { type ChildExit, ChildGroup, type ChildOptions } from './child-group.ts'
import { LastBytes } from './last-bytes.ts'

/** A child that does not end when asked to is killed after so long, unless an option says otherwise. */
export const DEFAULT_KILL_AFTER_MS = 5000

/** So much of the standard error output is kept for the message of a failure. */
const KEPT_STDERR_BYTES = 4096

/** Options of `command`. */
export interface CommandOptions<Form extends ElementForm = 'text'> {
  /**
   * What becomes of the standard error output; its last 4 KiB are in the message of a failure in any
   * case. `keep`: nothing more, and so without it; `elements`: its lines are elements too, in their own
   * order; `pass`: it goes to the standard error output of this process too.
   */
  readonly stderr?: 'keep' | 'elements' | 'pass'
  /** What ends each element, and is no part of it; `\n` without it. */
  readonly delimiter?: string
  /** `text` (UTF-8) or `bytes`; text without it. */
  readonly as?: Form
  /** A longer line ends the run; 16 MiB without it. */
  readonly maxLineBytes?: number
  /** The folder in which the command runs; that of this process without it. */
  readonly cwd?: string
  /** The environment of the command; that of this process without it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** So long after it was asked to end (`SIGTERM`) the child is killed (`SIGKILL`); 5 s without it. */
  readonly killAfter?: Duration
}

/**
 * Runs a command, and gives the lines of its standard output, each without its delimiter, a last one
 * that has none too. No shell is involved: arguments are passed as they are.
 *
 * The run ends when the output has ended and the child is gone. All of the output is given first; then
 * an exit code other than 0, or a signal that killed the child, ends the run with `SOURCE_FAILED`, which
 * says which and has the last of the standard error output. A stop ends the child and all processes of
 * its group: lines not yet given are dropped. Run again, the command is started anew.
 */
export function command<Form extends ElementForm = 'text'>(
  cmd: string,
  args: readonly string[] = [],
  options: CommandOptions<Form> = {},
): Source<ElementForms[Form]> {
  const name = `command ${someText(cmd, 'command: the command')}`
  const settings = {
    name,
    cmd,
    args,
    cwd: options.cwd,
    env: options.env,
    stderr: oneOf(options.stderr ?? 'keep', `${name}: stderr`, ['keep', 'elements', 'pass'] as const),
    delimiter: someText(options.delimiter ?? '\n', `${name}: delimiter`),
    decode: readerOf(options.as, name),
    maxLineBytes: wholeNumber(options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES, `${name}: maxLineBytes`, 1),
    killAfterMs: durationMs(options.killAfter ?? DEFAULT_KILL_AFTER_MS, `${name}: killAfter`),
  }
  return { name, run: host => new CommandRun(host, settings).run() }
}

interface CommandSettings<T> extends ChildOptions {
  readonly name: string
  readonly stderr: 'keep' | 'elements' | 'pass'
  readonly delimiter: string
  readonly decode: (bytes: Buffer) => T
  readonly maxLineBytes: number
  readonly killAfterMs: number
}

class CommandRun<T> {
  readonly #host: SourceHost<T>
  readonly #settings: CommandSettings<T>
  readonly #scope: RunScope
  readonly #turnstile: Turnstile<T>
  readonly #lastStderr = new LastBytes(KEPT_STDERR_BYTES)

  constructor(host: SourceHost<T>, settings: CommandSettings<T>) {
    this.#host = host
    this.#settings = settings
    this.#scope = new RunScope(host.signal)
    this.#turnstile = new Turnstile(host, this.#scope)
  }

  async run(): Promise<void> {
    if (this.#scope.isStopped) return
    const { name, killAfterMs } = this.#settings
    const child = await ChildGroup.start(name, this.#settings)
    const ending = this.#scope.stopped.then(() => child.end(this.#host.clock, killAfterMs))
    const [exit] = await Promise.all([
      child.exited,
      this.#read(child.stdout),
      this.#readErrors(this.#tap(child.stderr)),
    ])
    // Stopped, it was killed by us.
    if (this.#scope.isStopped) await ending
    else this.#judge(exit)
    child.forget()
    this.#scope.end()
  }

  async #readErrors(chunks: AsyncIterable<Buffer>): Promise<void> {
    if (this.#settings.stderr === 'elements') return this.#read(chunks)
    await this.#guard(async () => {
      for await (const _ of chunks) if (this.#scope.isStopped) return
    })
  }

  async #read(chunks: AsyncIterable<Buffer>): Promise<void> {
    const { delimiter, decode, maxLineBytes } = this.#settings
    const splitter = new ByteSplitter(delimiter, maxLineBytes)
    await this.#guard(() =>
      readLines(chunks, { splitter, decode, turnstile: this.#turnstile, scope: this.#scope }),
    )
  }

  /** Keeps the last of what passes. */
  async *#tap(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of chunks) {
      this.#lastStderr.add(chunk)
      if (this.#settings.stderr === 'pass') process.stderr.write(chunk)
      yield chunk
    }
  }

  /** A failure of one pipe ends the run. */
  async #guard(reading: () => Promise<void>): Promise<void> {
    try {
      await reading()
    } catch (thrown) {
      // A stop destroys the pipes, which is how their readers hear of it.
      if (!this.#scope.isStopped) this.#scope.fail(this.#readFailure(thrown))
    }
  }

  #readFailure(thrown: unknown): ConnectorError {
    const { name, maxLineBytes } = this.#settings
    const why =
      thrown instanceof LineTooLong
        ? `wrote more than ${maxLineBytes} bytes without the delimiter; a longer line needs the option maxLineBytes`
        : `cannot be read from: ${messageOf(thrown)}`
    return new ConnectorError('SOURCE_FAILED', `${name} ${why}`, { cause: thrown })
  }

  #judge({ code, signal }: ChildExit): void {
    if (code === 0) return
    const how = signal === null ? `ended with exit code ${code}; expected 0` : `was killed by ${signal}`
    const last = this.#lastStderr.text.trim()
    const errors = last === '' ? 'It wrote no errors' : `The last of its standard error output:\n${last}`
    this.#scope.fail(new ConnectorError('SOURCE_FAILED', `${this.#settings.name} ${how}. ${errors}`))
  }
}
