/** Small things to know of files: which one it is, what is at an offset, where its last line starts. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { ConnectorError } from '../../errors.ts'
import { systemCode } from './file-error.ts'

const BLOCK_BYTES = 64 * 1024

/** Opens a file to read it; only regular files can be read at any offset, again and again. */
export async function openFile(path: string): Promise<FileHandle> {
  // Asked before: opening a pipe would wait for somebody who writes into it.
  if (!(await stat(path)).isFile()) {
    throw new ConnectorError('SOURCE_FAILED', `${path} is a folder or a device; expected a regular file`)
  }
  return open(path, 'r')
}

/** Which file is open, whatever it is called now. */
export async function fileId(handle: FileHandle): Promise<string> {
  const { dev, ino } = await handle.stat({ bigint: true })
  return `${dev}:${ino}`
}

/** Which file is at a path; undefined when there is none. */
export async function fileIdAt(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

/** The bytes at an offset; fewer at the end of the file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** Behind the last delimiter of the file, where its last, unfinished line starts; 0 without any. */
export async function lastLineStart(handle: FileHandle, delimiter: Buffer): Promise<number> {
  let end = (await handle.stat()).size
  while (end > 0) {
    const start = Math.max(0, end - BLOCK_BYTES)
    // A delimiter may lie across two blocks.
    const block = await readAt(handle, start, end - start + delimiter.length - 1)
    const at = block.lastIndexOf(delimiter)
    if (at >= 0) return start + at + delimiter.length
    end = start
  }
  return 0
}
