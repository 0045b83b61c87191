/**
 * Makes strings of short ASCII bytes, and gives the same string again for the same bytes: names of
 * sensors, countries and states repeat, and then cost neither a call into Node nor memory.
 *
 * Bounded: a fixed number of slots, each holding the last string that came.
 */
import { asBuffer } from './utf8.ts'

/** How many strings a cache holds at most. A power of two. */
const SLOTS = 4096
/** Longer strings are rarely repeated, and comparing them costs what making them does. */
const MAX_CACHED_LENGTH = 32
const HASHED_BYTES = 4

/** A bounded cache of short ASCII strings. */
export class StringCache {
  readonly #texts: string[] = new Array<string>(SLOTS).fill('')
  /** The bytes of the text in each slot: comparing bytes with bytes is three times as fast. */
  readonly #bytes = new Uint8Array(SLOTS * MAX_CACHED_LENGTH)

  /** The text of `bytes[start, end)`, which are ASCII. */
  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length > MAX_CACHED_LENGTH) return asBuffer(bytes).latin1Slice(start, end)
    const slot = slotOf(bytes, start, end)
    const known = this.#texts[slot] as string
    const knownBytes = this.#bytes
    let from = slot * MAX_CACHED_LENGTH
    let at = known.length === length ? start : end + 1
    while (at < end && bytes[at] === knownBytes[from]) {
      at++
      from++
    }
    return at === end ? known : this.#make(bytes, start, end, slot)
  }

  #make(bytes: Uint8Array, start: number, end: number, slot: number): string {
    const text = asBuffer(bytes).latin1Slice(start, end)
    this.#texts[slot] = text
    for (let at = start, to = slot * MAX_CACHED_LENGTH; at < end; at++, to++)
      this.#bytes[to] = bytes[at] as number
    return text
  }
}

/** The names of one family mostly differ at their ends (`sensor-17`), so hashing these suffices. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  let hash = length
  let at = length > HASHED_BYTES ? end - HASHED_BYTES : start
  for (; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] as number)
  return (hash ^ (hash >>> 12)) & (SLOTS - 1)
}
