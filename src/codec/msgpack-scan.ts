/**
 * Walks over MessagePack bytes once before they are decoded.
 *
 * Invariant: what passes announces no more values than there are bytes for them. The decoder makes
 * room for an array as soon as it reads its length, so five damaged bytes could ask for gigabytes.
 */

/**
 * Whether the one value in `bytes[start, end)` may hold byte arrays, which are decoded as views of the
 * input. Throws for bytes that end too early or go on behind the value.
 */
export function scanMsgpack(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  let mayHoldByteArrays = false
  for (let pending = 1; pending > 0; pending--) {
    if (pending > end - at) throw new Error('the bytes end in the middle of a value')
    const head = bytes[at++] as number
    // small integers
    if (head < 0x80 || head >= 0xe0) continue
    if (head < 0x90) pending += 2 * (head & 0x0f)
    else if (head < 0xa0) pending += head & 0x0f
    else if (head < 0xc0) at += head & 0x1f
    else {
      const shape = SHAPES[head - 0xc0] as Shape
      if (at + shape.lengthBytes > end) throw new Error('the bytes end in the middle of a value')
      const length = lengthAt(bytes, at, shape.lengthBytes)
      at += shape.lengthBytes + shape.fixedBytes + length * shape.bytesPerUnit
      pending += length * shape.valuesPerUnit
      mayHoldByteArrays ||= shape.mayHoldByteArrays
    }
  }
  if (at !== end)
    throw new Error(at > end ? 'the bytes end in the middle of a value' : 'there are bytes behind the value')
  return mayHoldByteArrays
}

/** What follows the head byte: a length in so many bytes, fixed bytes, and so much per unit of the length. */
interface Shape {
  readonly lengthBytes: 0 | 1 | 2 | 4
  readonly fixedBytes: number
  readonly bytesPerUnit: 0 | 1
  readonly valuesPerUnit: 0 | 1 | 2
  readonly mayHoldByteArrays: boolean
}

type LengthBytes = Shape['lengthBytes']

const fixed = (fixedBytes: number, mayHoldByteArrays = false): Shape => ({
  lengthBytes: 0,
  fixedBytes,
  bytesPerUnit: 0,
  valuesPerUnit: 0,
  mayHoldByteArrays,
})
const text = (lengthBytes: LengthBytes): Shape => ({ ...fixed(0), lengthBytes, bytesPerUnit: 1 })
const binary = (lengthBytes: LengthBytes): Shape => ({ ...text(lengthBytes), mayHoldByteArrays: true })
// the type of an extension is one byte; what is inside is looked at when it is decoded
const extension = (lengthBytes: LengthBytes): Shape => ({ ...binary(lengthBytes), fixedBytes: 1 })
const list = (lengthBytes: LengthBytes, valuesPerUnit: 1 | 2): Shape => ({
  ...fixed(0),
  lengthBytes,
  valuesPerUnit,
})

/** By head byte from 0xc0 to 0xdf. https://github.com/msgpack/msgpack/blob/master/spec.md */
const SHAPES: readonly Shape[] = [
  [fixed(0), fixed(0), fixed(0), fixed(0)],
  [binary(1), binary(2), binary(4)],
  [extension(1), extension(2), extension(4)],
  [fixed(4), fixed(8)],
  [fixed(1), fixed(2), fixed(4), fixed(8)],
  [fixed(1), fixed(2), fixed(4), fixed(8)],
  [2, 3, 5, 9, 17].map(bytes => fixed(bytes, true)),
  [text(1), text(2), text(4)],
  [list(2, 1), list(4, 1)],
  [list(2, 2), list(4, 2)],
].flat()

function lengthAt(bytes: Uint8Array, at: number, lengthBytes: number): number {
  let length = 0
  for (let next = at; next < at + lengthBytes; next++) length = length * 0x100 + (bytes[next] as number)
  return length
}
