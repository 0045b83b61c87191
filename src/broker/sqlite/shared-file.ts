/**
 * What the broker objects of one process share on one file: news among each other, and one
 * checkpoint thread.
 *
 * The thread starts only once this process has written something worth it, so that a short
 * command never pays for it; it keeps no process alive.
 */
import { Worker } from 'node:worker_threads'

/** Below this the checkpoint at `close` does. */
const THREAD_AFTER_BYTES = 1024 * 1024

const openFiles = new Map<string, SharedFile>()

/** One file, as this process has it open. */
export class SharedFile {
  readonly #path: string
  readonly #members = new Set<() => void>()
  #written = 0
  #thread: Worker | undefined

  private constructor(path: string) {
    this.#path = path
  }

  /** Joins those who have this file open; `onChange` is called after each write of another. */
  static join(path: string, onChange: () => void): SharedFile {
    const file = openFiles.get(path) ?? new SharedFile(path)
    openFiles.set(path, file)
    file.#members.add(onChange)
    return file
  }

  /** The member has committed something: tells the others. */
  changed(member: () => void): void {
    for (const onChange of this.#members) if (onChange !== member) onChange()
  }

  /** Counts what is written, and starts the checkpoint thread when that is worth it. */
  wrote(bytes: number): void {
    this.#written += bytes
    if (this.#thread === undefined && this.#written >= THREAD_AFTER_BYTES) this.#thread = this.#startThread()
  }

  /** Leaves; the last one stops the thread. */
  async leave(member: () => void): Promise<void> {
    this.#members.delete(member)
    if (this.#members.size > 0) return
    openFiles.delete(this.#path)
    const thread = this.#thread
    if (thread === undefined) return
    this.#thread = undefined
    thread.ref()
    const exit = new Promise(resolve => thread.once('exit', resolve))
    thread.postMessage('stop')
    await exit
  }

  #startThread(): Worker {
    // Node runs this from the sources as well as from what is built of them
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const program = new URL(`./checkpoint-thread.${extension}`, import.meta.url)
    // without the options of this process: loaders and inspectors are not for this thread
    const thread = new Worker(program, { workerData: this.#path, execArgv: [] })
    thread.unref()
    const restart = (): void => {
      if (this.#thread === thread) this.#thread = undefined
      this.#written = 0
    }
    // without the thread the writers checkpoint by themselves, and start another after a while
    thread.once('error', restart)
    thread.once('exit', restart)
    return thread
  }
}
