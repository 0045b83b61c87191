/** Cuts a stream of bytes into lines, whatever the chunks. */

const NEW_LINE = 0x0a

/** Takes chunks, and gives the lines that they complete, without their ends. */
export class LineSplitter {
  /** The beginning of a line whose end has not come yet. */
  #rest: Buffer[] = []

  /** The lines that end in this chunk. */
  push(chunk: Buffer): readonly Buffer[] {
    const lines: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, from)) {
      lines.push(this.#complete(chunk.subarray(from, end)))
      from = end + 1
    }
    if (from < chunk.length) this.#rest.push(chunk.subarray(from))
    return lines
  }

  /** The last line, if it does not end in a line break. */
  end(): readonly Buffer[] {
    return this.#rest.length === 0 ? [] : [this.#complete(Buffer.alloc(0))]
  }

  #complete(last: Buffer): Buffer {
    if (this.#rest.length === 0) return last
    const line = Buffer.concat([...this.#rest, last])
    this.#rest = []
    return line
  }
}
