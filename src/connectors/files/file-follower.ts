/**
 * Follows the file at a path through growth, rotation and truncation, in one run after another: decides
 * when to wait, to start over and to go to the next file. The bytes of one file are in `file-reading.ts`.
 */
import type { FileHandle } from 'node:fs/promises'
import type { SourceHost } from '../../connect/index.ts'
import { GraphError } from '../../errors.ts'
import { fileError, orFileError, systemCode } from './file-error.ts'
import { FileReading, type LineOptions, type Position } from './file-reading.ts'
import { lastLineStart, openFile } from './read-file.ts'

/** What a follower needs to know. */
export interface FollowOptions<T> extends LineOptions<T> {
  readonly path: string
  readonly from: 'start' | 'end'
  readonly pollMs: number
  readonly missing: 'wait' | 'fail'
  readonly atEnd: 'wait' | 'stop'
  readonly unfinished: 'keep' | 'give'
}

/** Follows one path. */
export class FileFollower<T> {
  readonly #options: FollowOptions<T>
  /** Where the next run goes on, if in the file that was read last. */
  #position: Position | undefined
  /** Whether there was a first look: what comes into being after it is read whole. */
  #hasLooked = false
  #isRunning = false

  constructor(options: FollowOptions<T>) {
    this.#options = options
  }

  async run(host: SourceHost<T>): Promise<void> {
    const { name, missing } = this.#options
    if (this.#isRunning) {
      throw new GraphError(
        'GRAPH_INVALID',
        `${name}: is run twice at once, but has one position; branch the stream instead, or call tail for each`,
      )
    }
    this.#isRunning = true
    try {
      let whenMissing = missing
      while (!host.signal.aborted) {
        const handle = await this.#open(host, whenMissing)
        if (handle === undefined) continue
        whenMissing = 'wait'
        if ((await this.#readFile(handle, host)) === 'over') return
      }
    } finally {
      this.#isRunning = false
    }
  }

  /** The file; undefined when it is not there, after a while. */
  async #open(host: SourceHost<T>, missing: 'wait' | 'fail'): Promise<FileHandle | undefined> {
    const { name, path, pollMs } = this.#options
    try {
      return await openFile(path)
    } catch (thrown) {
      if (systemCode(thrown) !== 'ENOENT' || missing === 'fail') {
        throw fileError('SOURCE_FAILED', name, thrown)
      }
    }
    this.#hasLooked = true
    await host.clock.sleep(pollMs, host.signal)
    return undefined
  }

  async #readFile(handle: FileHandle, host: SourceHost<T>): Promise<'next' | 'over'> {
    let reading: FileReading<T> | undefined
    try {
      reading = await FileReading.start(handle, this.#options, await this.#startOf(handle))
      const outcome = await this.#follow(reading, host)
      this.#position = outcome === 'next' ? undefined : await reading.position()
      return outcome
    } catch (thrown) {
      if (reading !== undefined) this.#position = await reading.position()
      throw thrown
    } finally {
      await handle.close()
    }
  }

  /** Where to start in a file that was opened just now. */
  async #startOf(handle: FileHandle): Promise<Position | number> {
    const { name, from, delimiter } = this.#options
    if (this.#position !== undefined) return this.#position
    const isFirst = !this.#hasLooked
    this.#hasLooked = true
    return isFirst && from === 'end' ? orFileError(name, lastLineStart(handle, Buffer.from(delimiter))) : 0
  }

  /** Reads one file until it is over, the run is, or there is a next one. */
  async #follow(reading: FileReading<T>, host: SourceHost<T>): Promise<'next' | 'over'> {
    const { path, pollMs, atEnd, unfinished } = this.#options
    let wasRotated = false
    for (;;) {
      if (!(await reading.isUnchanged())) {
        await reading.giveUnfinished(host)
        reading.startOver()
      }
      const before = reading.offset
      if (!(await reading.readToEnd(host))) return 'over'
      const isRotated = await reading.isReplacedAt(path)
      // Who writes may still finish something in the old file when the new one is there already.
      if (isRotated && wasRotated && reading.offset === before) {
        await reading.giveUnfinished(host)
        return 'next'
      }
      wasRotated = isRotated
      if (!isRotated && atEnd === 'stop') {
        await reading.giveUnfinished(host)
        return 'over'
      }
      await host.clock.sleep(pollMs, host.signal)
      if (host.signal.aborted) {
        if (unfinished === 'give') await reading.giveUnfinished(host)
        return 'over'
      }
    }
  }
}
