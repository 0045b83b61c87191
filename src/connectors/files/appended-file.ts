/**
 * A file to which whole blocks are appended, by any number of sinks of this process, one after another.
 * A block is in it whole and on the disk, or not at all.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError, systemCode } from './file-error.ts'

/** Opened with the first block, closed with the last who uses it. */
export class AppendedFile {
  readonly #name: string
  readonly #path: string
  readonly #keepsContent: boolean
  #handle: FileHandle | undefined
  #users = 0
  /** The last block under way; it never rejects. */
  #last: Promise<void> = Promise.resolve()

  constructor(name: string, path: string, keepsContent: boolean) {
    this.#name = name
    this.#path = path
    this.#keepsContent = keepsContent
  }

  retain(): void {
    this.#users++
  }

  async release(): Promise<void> {
    this.#users--
    if (this.#users > 0) return
    await this.#last
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  /** Resolves when the block is on the disk; rejects with `SINK_FAILED` when none of it is in the file. */
  append(block: Buffer): Promise<void> {
    const appended = this.#last.then(() => this.#append(block))
    this.#last = appended.catch(() => undefined)
    return appended
  }

  async #append(block: Buffer): Promise<void> {
    try {
      this.#handle ??= await this.#open()
      await this.#write(this.#handle, block)
    } catch (thrown) {
      throw fileError('SINK_FAILED', this.#name, thrown)
    }
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, 'a')
    try {
      if (!this.#keepsContent) await handle.truncate(0)
      await syncFolder(dirname(this.#path))
      return handle
    } catch (thrown) {
      await handle.close()
      throw thrown
    }
  }

  async #write(handle: FileHandle, block: Buffer): Promise<void> {
    const { size: start } = await handle.stat()
    let written = 0
    try {
      while (written < block.length) written += (await handle.write(block, written)).bytesWritten
      await handle.datasync()
    } catch (thrown) {
      // What another program has appended meanwhile is not ours to cut off.
      const { size } = await handle.stat()
      if (size === start + written) await handle.truncate(start)
      throw thrown
    }
  }
}

/** A new file is only there after a power cut if its folder was written too. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch (thrown) {
    // Not every system can write a folder, or lets this user read it: then it has to see to it itself.
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(systemCode(thrown) ?? '')) throw thrown
  } finally {
    await handle?.close()
  }
}
