/**
 * Cuts a stream of bytes at a delimiter, whatever the chunks. It works on bytes, so a character or a
 * delimiter that is split over two chunks needs no care; and it keeps at most `maxBytes` of a line that
 * has not ended, so nobody can fill the memory by never ending it.
 */

/** So much may come without a delimiter unless an option says otherwise. */
export const DEFAULT_MAX_LINE_BYTES: number = 16 * 1024 * 1024

const FIRST_CAPACITY_BYTES = 256

/** Thrown where a line is longer than allowed; whoever reads the bytes says whose line it was. */
export class LineTooLong extends Error {}

/** Takes chunks, and gives what they complete, without the delimiter. */
export class ByteSplitter {
  readonly #delimiter: Buffer
  readonly #maxBytes: number
  /** The beginning of a line whose end has not come: the first `#length` bytes. */
  #kept: Buffer = Buffer.alloc(0)
  #length = 0

  constructor(delimiter: string, maxBytes: number = DEFAULT_MAX_LINE_BYTES) {
    this.#delimiter = Buffer.from(delimiter)
    this.#maxBytes = maxBytes
  }

  /** How many bytes of a line that has not ended are kept. */
  get pendingBytes(): number {
    return this.#length
  }

  /** The lines that end in this chunk, one by one; they are views, good until the next call. */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let from = 0
    if (this.#length > 0) {
      const end = this.#findAcross(chunk)
      if (end === undefined) {
        this.#keep(chunk)
        return
      }
      from = end
      yield this.#takeKept(chunk.subarray(0, end))
    }
    for (let at = chunk.indexOf(this.#delimiter, from); at >= 0; at = chunk.indexOf(this.#delimiter, from)) {
      const line = chunk.subarray(from, at)
      from = at + this.#delimiter.length
      if (line.length > this.#maxBytes) throw new LineTooLong()
      yield line
    }
    this.#keep(chunk.subarray(from))
  }

  /** What is left without a delimiter, if anything, and forgets it. */
  end(): Buffer | undefined {
    if (this.#length === 0) return undefined
    const rest = this.#kept.subarray(0, this.#length)
    this.reset()
    return rest
  }

  /** Forgets the beginning of a line. */
  reset(): void {
    this.#kept = Buffer.alloc(0)
    this.#length = 0
  }

  /** Where in the chunk the delimiter ends that completes the kept line, if it does. */
  #findAcross(chunk: Buffer): number | undefined {
    const width = this.#delimiter.length
    const overlap = Math.min(width - 1, this.#length)
    if (overlap > 0) {
      const seam = Buffer.concat([
        this.#kept.subarray(this.#length - overlap, this.#length),
        chunk.subarray(0, width - 1),
      ])
      const at = seam.indexOf(this.#delimiter)
      if (at >= 0) return at + width - overlap
    }
    const at = chunk.indexOf(this.#delimiter)
    return at < 0 ? undefined : at + width
  }

  /** The kept line, completed by bytes that end with the delimiter. */
  #takeKept(last: Buffer): Buffer {
    this.#keep(last)
    const length = this.#length - this.#delimiter.length
    if (length > this.#maxBytes) throw new LineTooLong()
    const line = this.#kept.subarray(0, length)
    this.reset()
    return line
  }

  #keep(bytes: Buffer): void {
    const length = this.#length + bytes.length
    if (length > this.#maxBytes + this.#delimiter.length) throw new LineTooLong()
    if (length > this.#kept.length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY_BYTES, this.#kept.length * 2, length))
      this.#kept.copy(grown, 0, 0, this.#length)
      this.#kept = grown
    }
    bytes.copy(this.#kept, this.#length)
    this.#length = length
  }
}
