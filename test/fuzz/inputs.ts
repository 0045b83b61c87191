/** Bytes for decoders: what is right, what is nearly right, and what was made to hurt. */
import { mutate, pick, randomOf } from '../../src/codec/mutation.fuzz.ts'

const ALL_BYTES = Array.from({ length: 256 }, (_, byte) => byte)

/** Lengths that nobody has bytes for, as each of the formats writes them. */
const BOMBS: readonly Buffer[] = [
  // varints: 2³¹, 2⁵³ − 1, and one without an end
  Buffer.of(0x80, 0x80, 0x80, 0x80, 0x08),
  Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
  Buffer.alloc(40, 0xff),
  // MessagePack: bin, ext, string, array and map of 2³² − 1, 2²⁵ and 2²⁰
  ...[0xc6, 0xc9, 0xdb, 0xdd, 0xdf].flatMap(head => [
    Buffer.of(head, 0xff, 0xff, 0xff, 0xff),
    Buffer.of(head, 0x02, 0x00, 0x00, 0x00),
    Buffer.of(head, 0x00, 0x10, 0x00, 0x00),
  ]),
  Buffer.of(0xdc, 0xff, 0xff),
  Buffer.of(0xd8, 0x07),
  // texts: nesting, quotes, exponents, UTF-8 that ends early or is too long
  Buffer.from('['.repeat(300)),
  Buffer.from('{"a":'.repeat(300)),
  Buffer.from('""'.repeat(100)),
  Buffer.from('1e999'),
  Buffer.from('\ufeff'),
  Buffer.of(0xf0, 0x9f, 0x98),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.of(0xc0, 0x80),
  Buffer.from('\r\n,\r,\n'),
]

/** A source of inputs around `seeds`; seeded, so that a failure can be repeated. */
export function inputsAround(seeds: readonly Buffer[], seed: number): () => Buffer {
  const random = randomOf(seed)
  return () => {
    const roll = random()
    const base = pick(random, seeds)
    if (roll < 0.05) return base
    if (roll < 0.1)
      return Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => pick(random, ALL_BYTES)))
    if (roll < 0.3) return withBomb(random, base)
    if (roll < 0.4) return spliced(base, pick(random, seeds), random)
    return mutate(random, base, ALL_BYTES)
  }
}

/** Overwrites, or pushes in, a bomb at any place, sometimes several. */
function withBomb(random: () => number, base: Buffer): Buffer {
  const at = Math.floor(random() * (base.length + 1))
  const bomb = pick(random, BOMBS)
  const times = random() < 0.1 ? 50 : 1
  const rest = base.subarray(random() < 0.5 ? at : at + bomb.length)
  return Buffer.concat([base.subarray(0, at), ...Array.from({ length: times }, () => bomb), rest])
}

function spliced(head: Buffer, tail: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * head.length)
  return Buffer.concat([head.subarray(0, at), tail.subarray(Math.floor(random() * tail.length))])
}
