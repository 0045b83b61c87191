/**
 * Hashes of values, the same in every process and run, on every machine: two lanes of MurmurHash3 (x86, 32
 * bits, Appleby 2011) over words of the value's type and content, of which 53 bits are taken, as many as a
 * number can hold.
 */
import type { Key, KeyPart } from '../../codec/index.ts'

const SEEDS = [0x9747b28c, 0x3c6ef372] as const
const MULTIPLIERS = [
  [0xcc9e2d51, 0x1b873593],
  [0x239b961b, 0xab0e9789],
] as const
/** What goes before a value, so that values of different types differ. */
const TAGS = { number: 1, string: 2, boolean: 3, bigint: 4, tuple: 5 } as const

/** A hash of 53 bits: `low` has the lower 32. Equal values, as keys are equal, have equal hashes. */
export interface ValueHash {
  readonly low: number
  readonly high: number
}

/** The hash of a value. */
export function hashOfValue(value: Key): ValueHash {
  const hash = new Hash()
  if (typeof value === 'object') {
    hash.word(TAGS.tuple)
    hash.word(value.length)
    for (const part of value) addPart(hash, part)
  } else addPart(hash, value)
  return hash.finish()
}

class Hash {
  #low: number = SEEDS[0]
  #high: number = SEEDS[1]
  #words = 0

  word(word: number): void {
    this.#low = mix(this.#low, word, MULTIPLIERS[0])
    this.#high = mix(this.#high, word, MULTIPLIERS[1])
    this.#words++
  }

  finish(): ValueHash {
    return { low: avalanche(this.#low ^ this.#words), high: avalanche(this.#high ^ this.#words) >>> 11 }
  }
}

function addPart(hash: Hash, part: KeyPart): void {
  switch (typeof part) {
    case 'number':
      return addNumber(hash, part)
    case 'string':
      return addText(hash, TAGS.string, part)
    case 'bigint':
      return addText(hash, TAGS.bigint, String(part))
    default:
      hash.word(TAGS.boolean)
      hash.word(part ? 1 : 0)
  }
}

function addNumber(hash: Hash, value: number): void {
  const bits = new DataView(new ArrayBuffer(8))
  // -0 is 0.
  bits.setFloat64(0, value + 0)
  hash.word(TAGS.number)
  hash.word(bits.getUint32(0))
  hash.word(bits.getUint32(4))
}

/** Two UTF-16 units per word. */
function addText(hash: Hash, tag: number, text: string): void {
  hash.word(tag)
  hash.word(text.length)
  for (let at = 0; at < text.length; at += 2) {
    const second = at + 1 < text.length ? text.charCodeAt(at + 1) : 0
    hash.word(text.charCodeAt(at) | (second << 16))
  }
}

function mix(hash: number, word: number, [first, second]: readonly [number, number]): number {
  const product = Math.imul(word, first)
  const bits = hash ^ Math.imul((product << 15) | (product >>> 17), second)
  return Math.imul((bits << 13) | (bits >>> 19), 5) + 0xe6546b64
}

function avalanche(hash: number): number {
  let bits = hash ^ (hash >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
