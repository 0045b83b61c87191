/**
 * A growable buffer that codecs write into, so that encoding a record allocates nothing of its own.
 *
 * Invariant: bytes before `length` are final; `reserve` may replace `buffer`, so never keep a
 * reference to it across a write.
 */

const INITIAL_BYTES = 1024
/** What writers begin with: many are made that never write, one for each partition of each task. */
const NOTHING = Buffer.alloc(0)

/** A growable byte buffer with a write position. */
export class ByteWriter {
  /** The storage; only the first `length` bytes are meaningful. */
  buffer: Buffer
  /** How many bytes have been written. */
  length = 0

  constructor(initialBytes = 0) {
    this.buffer = initialBytes === 0 ? NOTHING : Buffer.allocUnsafeSlow(initialBytes)
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2, INITIAL_BYTES))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }

  /** Forgets what was written and keeps the storage. */
  clear(): void {
    this.length = 0
  }

  writeByte(value: number): void {
    this.reserve(1)
    this.buffer[this.length++] = value
  }

  /** Writes `bytes[start, end)`. */
  writeBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.reserve(end - start)
    this.buffer.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), this.length)
    this.length += end - start
  }

  /** Writes a string as UTF-8; a lone surrogate becomes U+FFFD, as everywhere in Node. */
  writeUtf8(text: string): void {
    this.reserve(text.length * 3)
    this.length += this.buffer.utf8Write(text, this.length)
  }

  /** Writes an unsigned LEB128 varint of a safe integer ≥ 0. */
  writeVarint(value: number): void {
    this.reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.buffer[this.length++] = rest
  }

  /** Writes a signed integer whose double is safe, small magnitudes in few bytes. */
  writeSigned(value: number): void {
    this.writeVarint(value >= 0 ? value * 2 : -value * 2 - 1)
  }

  writeDouble(value: number): void {
    this.reserve(8)
    this.buffer.writeDoubleLE(value, this.length)
    this.length += 8
  }

  /** Writes a short text with its length. */
  writeText(text: string): void {
    const bytes = Buffer.from(text)
    this.writeVarint(bytes.length)
    this.writeBytes(bytes)
  }

  /** A copy of what was written. */
  toBytes(): Buffer {
    return Buffer.from(this.buffer.subarray(0, this.length))
  }
}
