/**
 * A file as the end of a stream: text is appended with each commit. A commit that cannot be written
 * leaves the file as it was, so that what is tried again is in it once.
 */
import type { Sink, SinkTarget } from '../../connect/index.ts'
import { CodecError, describeValue } from '../../errors.ts'
import { someText } from '../shared/options.ts'
import { AppendedFile } from './appended-file.ts'

/** Options of `textFile`. */
export interface TextFileOptions {
  /** What follows each element; `\n` without it, and it may be empty. */
  readonly end?: string
  /** Whether what is in the file stays; it does without this. Otherwise each run empties it at its first write. */
  readonly append?: boolean
}

/**
 * Writes text into a file, an element a line, in the order in which they come.
 *
 * What was written since the last commit is appended and on the disk (`fdatasync`) before a commit
 * counts. When the process dies between the two, those elements are written again: at least once. A full
 * disk fails the commit (`SINK_FAILED`), and none of it stays in the file: whoever sends its elements again
 * has them in it once. Tasks of one process take turns; several processes need a file each.
 */
export function textFile(path: string, options: TextFileOptions = {}): SinkTarget<string> {
  const name = `file ${someText(path, 'textFile: the path')}`
  const file = new AppendedFile(name, path, options.append ?? true)
  const end = options.end ?? '\n'
  return { open: () => new TextFileSink(file, name, end) }
}

class TextFileSink implements Sink<string> {
  readonly #file: AppendedFile
  readonly #name: string
  readonly #end: string
  #written: string[] = []

  constructor(file: AppendedFile, name: string, end: string) {
    this.#file = file
    this.#name = name
    this.#end = end
    file.retain()
  }

  write(value: string): void {
    if (typeof value !== 'string') {
      throw new CodecError(
        'ENCODE_FAILED',
        `${this.#name}: found ${describeValue(value)}; expected text: map the elements to text before`,
      )
    }
    this.#written.push(value, this.#end)
  }

  async prepare(): Promise<void> {
    if (this.#written.length === 0) return
    const written = this.#written
    this.#written = []
    await this.#file.append(Buffer.from(written.join('')))
  }

  commit(): void {
    // What was prepared is on the disk, and visible, already.
  }

  close(): Promise<void> {
    return this.#file.release()
  }
}
