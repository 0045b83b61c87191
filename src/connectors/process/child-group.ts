/**
 * A child process that is the first of a group of its own, so that what it starts can be ended with it.
 * Its pipes outlive it: what it wrote before its end can still be read.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { ConnectorError, messageOf } from '../../errors.ts'
import type { Clock } from '../../time/index.ts'

/** What to start. */
export interface ChildOptions {
  readonly cmd: string
  readonly args: readonly string[]
  readonly cwd: string | undefined
  readonly env: Readonly<Record<string, string | undefined>> | undefined
}

/** How a child ended: one of them is null. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/** A running child and its group. */
export class ChildGroup {
  readonly exited: Promise<ChildExit>
  readonly #child: Child
  /** The child does not outlive this process, where that can be had. */
  readonly #killAtExit = (): void => this.#signal('SIGKILL')

  private constructor(child: Child) {
    this.#child = child
    this.exited = new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })))
    process.once('exit', this.#killAtExit)
  }

  /** Resolves when the child runs; rejects with `SOURCE_FAILED` when it cannot. */
  static async start(name: string, options: ChildOptions): Promise<ChildGroup> {
    const { cmd, args, cwd, env } = options
    let group: ChildGroup | undefined
    try {
      const child = spawn(cmd, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        // Makes it the first of its group; on Windows it would open a window instead.
        detached: process.platform !== 'win32',
        windowsHide: true,
        ...(cwd === undefined ? {} : { cwd }),
        ...(env === undefined ? {} : { env: { ...env } }),
      })
      group = new ChildGroup(child)
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve)
        child.once('error', reject)
      })
      return group
    } catch (thrown) {
      group?.forget()
      throw startError(thrown, name, options)
    }
  }

  get stdout(): Readable {
    return this.#child.stdout
  }

  get stderr(): Readable {
    return this.#child.stderr
  }

  /** Asks the group to end, kills what has not after `killAfterMs`, and resolves when the child is gone. */
  async end(clock: Clock, killAfterMs: number): Promise<void> {
    this.#signal('SIGTERM')
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
    const done = new AbortController()
    const exited = this.exited.then(() => done.abort())
    await clock.sleep(killAfterMs, done.signal)
    // Also when the child has gone: others of its group may have stayed.
    this.#signal('SIGKILL')
    await exited
  }

  /** It has ended: nothing is to be killed any more. */
  forget(): void {
    process.off('exit', this.#killAtExit)
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child
    if (pid === undefined) return
    if (process.platform === 'win32') {
      this.#child.kill(signal)
      return
    }
    try {
      process.kill(-pid, signal)
    } catch (thrown) {
      // ESRCH: nobody of the group is left, which is what was wanted.
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown
    }
  }
}

function startError(thrown: unknown, name: string, { cmd, cwd }: ChildOptions): ConnectorError {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const where = cwd === undefined ? '' : ` in ${cwd}`
  const why =
    code === 'ENOENT'
      ? `"${cmd}" was not found; expected a program in PATH, or its path (arguments belong into the list after it)`
      : code === 'EACCES'
        ? `"${cmd}" may not be run; is it executable?`
        : messageOf(thrown)
  return new ConnectorError('SOURCE_FAILED', `${name}: cannot be started${where}: ${why}`, { cause: thrown })
}
