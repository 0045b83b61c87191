/** Test support: seeded randomness, and bytes that are nearly what somebody wrote. */

/** Mulberry32: small, seeded, good enough to mutate with. Gives numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)] as T
}

/** Changes nothing in most cases, else overwrites, inserts or removes a byte of `alphabet`, cuts, or doubles a part. */
export function mutate(random: () => number, record: Buffer, alphabet: readonly number[]): Buffer {
  let result = record
  while (random() < 0.35) {
    const at = Math.floor(random() * (result.length + 1))
    const before = result.subarray(0, at)
    const put = Buffer.of(pick(random, alphabet))
    const roll = random()
    if (roll < 0.3) result = Buffer.concat([before, put, result.subarray(at + 1)])
    else if (roll < 0.6) result = Buffer.concat([before, put, result.subarray(at)])
    else if (roll < 0.8) result = Buffer.concat([before, result.subarray(at + 1)])
    else if (roll < 0.9) result = before
    else result = Buffer.concat([before, result.subarray(Math.floor(random() * result.length))])
  }
  return result
}
