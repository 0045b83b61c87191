/** Child processes for the tests of what several processes, and their deaths, do to one file. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** A running child that talks in messages. */
export interface Child {
  readonly pid: number
  /** The next message; rejects when the child ends instead. */
  next(): Promise<unknown>
  send(message: string): void
  /** Ends it at once, and resolves when it has ended. */
  kill(): Promise<void>
  /** Resolves with the exit code when it ends by itself. */
  readonly exited: Promise<number | null>
}

/** Starts one of the programs in `programs.ts`; it is killed after the test. */
export function startChild(t: TestContext, program: string, ...parameters: string[]): Child {
  const path = fileURLToPath(new URL('./programs.ts', import.meta.url))
  const child = fork(path, [program, ...parameters], { execArgv: ['-C', 'sluice-source'] })
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  t.after(kill)
  const messages = queueOf(child)
  return {
    pid: child.pid ?? 0,
    exited,
    kill,
    send: message => child.send(message),
    next: () =>
      Promise.race([
        messages(),
        exited.then(code => Promise.reject(new Error(`${program} ended (${code})`))),
      ]),
  }
}

/** Messages that nobody has asked for yet wait. */
function queueOf(child: ChildProcess): () => Promise<unknown> {
  const waiting: unknown[] = []
  child.on('message', message => waiting.push(message))
  return async () => {
    if (waiting.length === 0) await once(child, 'message')
    return waiting.shift()
  }
}
