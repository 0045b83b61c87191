/** A set of offsets as sorted, disjoint ranges: what was handled out of order, in a few bytes. */
import { ByteReader, ByteWriter } from '../codec/index.ts'
import { StateError } from '../errors.ts'

const VERSION = 1

/** Offsets at or after `base`, mostly in runs. */
export class OffsetRanges {
  /** The first offset that is not in the set; everything before it is. */
  base: number
  /** Where each range begins, and after which offset it ends; sorted, disjoint, beyond `base`. */
  #starts: number[] = []
  #ends: number[] = []

  constructor(base: number) {
    this.base = base
  }

  has(offset: number): boolean {
    if (offset < this.base) return true
    const index = this.#indexAt(offset)
    return index >= 0 && offset < (this.#ends[index] ?? 0)
  }

  /** Adds offsets in ascending order, none of which is in the set: one pass, however many. */
  addAll(offsets: readonly number[]): void {
    const starts: number[] = []
    const ends: number[] = []
    let base = this.base
    const append = (start: number, end: number): void => {
      if (start === base) base = end
      else if (start === ends.at(-1)) ends[ends.length - 1] = end
      else {
        starts.push(start)
        ends.push(end)
      }
    }
    let next = 0
    this.#starts.forEach((start, index) => {
      for (let offset = offsets[next]; offset !== undefined && offset < start; offset = offsets[++next]) {
        append(offset, offset + 1)
      }
      append(start, this.#ends[index] ?? start)
    })
    for (let offset = offsets[next]; offset !== undefined; offset = offsets[++next])
      append(offset, offset + 1)
    this.base = base
    this.#starts = starts
    this.#ends = ends
  }

  /** Adds everything before an offset. */
  addBefore(offset: number): void {
    if (offset <= this.base) return
    const kept = this.#starts.findIndex((_, index) => (this.#ends[index] ?? 0) > offset)
    const from = kept < 0 ? this.#starts.length : kept
    this.#starts = this.#starts.slice(from)
    this.#ends = this.#ends.slice(from)
    this.base = offset
    const first = this.#starts[0]
    if (first === undefined || first > offset) return
    this.base = this.#ends.shift() ?? offset
    this.#starts.shift()
  }

  /** Differences as varints, the first from 0: so the base beside it may move without it. */
  encode(): Uint8Array {
    const writer = new ByteWriter(16 + this.#starts.length * 4)
    writer.writeByte(VERSION)
    writer.writeVarint(this.#starts.length)
    let last = 0
    this.#starts.forEach((start, index) => {
      const end = this.#ends[index] ?? start
      writer.writeVarint(start - last)
      writer.writeVarint(end - start)
      last = end
    })
    return writer.toBytes()
  }

  /** Throws `STATE_MISMATCH` for what another version wrote. */
  static decode(base: number, bytes: Uint8Array): OffsetRanges {
    if (bytes.length === 0) return new OffsetRanges(base)
    const ranges = new OffsetRanges(0)
    const reader = new ByteReader(bytes)
    const version = reader.readByte()
    if (version !== VERSION) {
      throw new StateError(
        'STATE_MISMATCH',
        `what was handled of the dead letters is stored in version ${version}; this program reads version ${VERSION}: upgrade sluice`,
      )
    }
    let last = 0
    for (let left = reader.readVarint(); left > 0; left--) {
      const start = last + reader.readVarint()
      last = start + reader.readVarint()
      ranges.#starts.push(start)
      ranges.#ends.push(last)
    }
    ranges.addBefore(base)
    return ranges
  }

  /** The last range that begins at or before the offset; −1: none does. */
  #indexAt(offset: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
