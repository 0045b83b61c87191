/**
 * The lines of one open file. The invariant: the position is behind the last line that was emitted; it
 * moves before each emit, so that no line comes twice, and only over whole lines, so that none is lost.
 */
import type { FileHandle } from 'node:fs/promises'
import type { SourceHost } from '../../connect/index.ts'
import { ConnectorError } from '../../errors.ts'
import { ByteSplitter, LineTooLong } from '../shared/byte-splitter.ts'
import { orFileError } from './file-error.ts'
import { fileId, fileIdAt, readAt } from './read-file.ts'

const CHUNK_BYTES = 64 * 1024

/** So many bytes before a position tell whether it is still the same content. */
const MARK_BYTES = 64

/** How lines are cut and given. */
export interface LineOptions<T> {
  readonly name: string
  readonly delimiter: string
  readonly keepDelimiter: boolean
  readonly decode: (bytes: Buffer) => T
  readonly maxLineBytes: number
}

/** Where reading goes on in a file. */
export interface Position {
  readonly file: string
  readonly offset: number
  /** The bytes before it, by which content that was replaced is known; none where that is not known. */
  readonly before: Buffer
}

/** Reads one file, as long as it is open. */
export class FileReading<T> {
  readonly #handle: FileHandle
  readonly #file: string
  readonly #options: LineOptions<T>
  readonly #delimiter: Buffer
  readonly #splitter: ByteSplitter
  readonly #chunk: Buffer = Buffer.allocUnsafe(CHUNK_BYTES)
  /** Behind the last line that was emitted. */
  #lineOffset: number
  /** Behind the last byte that was read, and the bytes before that. */
  #readOffset: number
  #mark: Buffer

  private constructor(handle: FileHandle, options: LineOptions<T>, position: Position) {
    this.#handle = handle
    this.#file = position.file
    this.#options = options
    this.#delimiter = Buffer.from(options.delimiter)
    this.#splitter = new ByteSplitter(options.delimiter, options.maxLineBytes)
    this.#lineOffset = position.offset
    this.#readOffset = position.offset
    this.#mark = position.before
  }

  /** Starts at an offset, or at a position of an earlier run: in another file than that, at its beginning. */
  static async start<T>(
    handle: FileHandle,
    options: LineOptions<T>,
    from: Position | number,
  ): Promise<FileReading<T>> {
    const file = await orFileError(options.name, fileId(handle))
    const beginning = { file, offset: 0, before: Buffer.alloc(0) }
    if (typeof from === 'number') return new FileReading(handle, options, { ...beginning, offset: from })
    return new FileReading(handle, options, from.file === file ? from : beginning)
  }

  /** Behind the last byte that was read. */
  get offset(): number {
    return this.#readOffset
  }

  /** Whether what was read is still there: the file is no shorter, and its bytes there are the same. */
  async isUnchanged(): Promise<boolean> {
    const { name } = this.#options
    const { size } = await orFileError(name, this.#handle.stat())
    if (size < this.#readOffset) return false
    const mark = this.#mark
    const found = await orFileError(name, readAt(this.#handle, this.#readOffset - mark.length, mark.length))
    return found.equals(mark)
  }

  /** Whether there is another file at the path now; not while there is none. */
  async isReplacedAt(path: string): Promise<boolean> {
    const other = await orFileError(this.#options.name, fileIdAt(path))
    return other !== undefined && other !== this.#file
  }

  /** Emits all lines up to the end of the file; false when the run was stopped before. */
  async readToEnd(host: SourceHost<T>): Promise<boolean> {
    while (!host.signal.aborted) {
      const bytesRead = await this.#readChunk()
      if (bytesRead === 0) return true
      const bytes = this.#chunk.subarray(0, bytesRead)
      this.#readOffset += bytesRead
      this.#mark = Buffer.concat([this.#mark, bytes.subarray(-MARK_BYTES)]).subarray(-MARK_BYTES)
      for (const line of this.#split(bytes)) {
        if (host.signal.aborted) return false
        this.#lineOffset += line.length + this.#delimiter.length
        const passed = host.emit(this.#elementOf(line))
        if (passed !== undefined) await passed
      }
    }
    return false
  }

  /** Emits a last line that has no delimiter, if there is one. */
  async giveUnfinished(host: SourceHost<T>): Promise<void> {
    const rest = this.#splitter.end()
    if (rest === undefined) return
    this.#lineOffset += rest.length
    await host.emit(this.#options.decode(rest))
  }

  /** Goes back to the beginning of the file. */
  startOver(): void {
    this.#splitter.reset()
    this.#lineOffset = 0
    this.#readOffset = 0
    this.#mark = Buffer.alloc(0)
  }

  /** Where another run goes on. */
  async position(): Promise<Position> {
    const offset = this.#lineOffset
    const length = Math.min(MARK_BYTES, offset)
    // A file that cannot be read any more must not cost the position.
    const before = await readAt(this.#handle, offset - length, length).catch(() => Buffer.alloc(0))
    return { file: this.#file, offset, before }
  }

  async #readChunk(): Promise<number> {
    const read = this.#handle.read(this.#chunk, 0, CHUNK_BYTES, this.#readOffset)
    return (await orFileError(this.#options.name, read)).bytesRead
  }

  *#split(bytes: Buffer): Generator<Buffer, void, undefined> {
    try {
      yield* this.#splitter.push(bytes)
    } catch (thrown) {
      if (!(thrown instanceof LineTooLong)) throw thrown
      const { name, maxLineBytes } = this.#options
      throw new ConnectorError(
        'SOURCE_FAILED',
        `${name}: the line at byte ${this.#lineOffset} is longer than ${maxLineBytes} bytes; raise the option maxLineBytes, or check the delimiter`,
        { cause: thrown },
      )
    }
  }

  #elementOf(line: Buffer): T {
    const { decode, keepDelimiter } = this.#options
    return decode(keepDelimiter ? Buffer.concat([line, this.#delimiter]) : line)
  }
}
