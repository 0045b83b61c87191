/** Reads what `ByteWriter` wrote. */
import { CodecError } from '../errors.ts'

/** The scale of the last byte of a varint: a safe integer has eight at most. */
const LAST_SCALE = 0x80 ** 7

/** A position in bytes. Throws `DECODE_FAILED` when they end too early. */
export class ByteReader {
  readonly bytes: Uint8Array
  position: number
  readonly #end: number
  readonly #view: DataView

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.position = start
    this.#end = end
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  readByte(): number {
    const position = this.skip(1)
    return this.bytes[position] ?? 0
  }

  readVarint(): number {
    let value = 0
    for (let scale = 1; scale <= LAST_SCALE; scale *= 0x80) {
      const byte = this.readByte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new CodecError(
      'DECODE_FAILED',
      `the number before byte ${this.position} is longer than any that is written`,
    )
  }

  /** How many things follow, of which each takes a byte at least: so never more than there can be. */
  readCount(): number {
    const count = this.readVarint()
    if (count <= this.#end - this.position) return count
    throw new CodecError('DECODE_FAILED', `${count} values are announced, and the bytes end at ${this.#end}`)
  }

  /** A signed integer written by `writeSigned`. */
  readSigned(): number {
    const value = this.readVarint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  readDouble(): number {
    return this.#view.getFloat64(this.skip(8), true)
  }

  readUtf8(): string {
    const length = this.readVarint()
    const start = this.skip(length)
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString()
  }

  /** Moves on by `count` bytes and gives where they begin. */
  skip(count: number): number {
    const start = this.position
    this.position += count
    if (this.position > this.#end) {
      throw new CodecError('DECODE_FAILED', `the bytes end at ${this.#end}, in the middle of a value`)
    }
    return start
  }
}
