/**
 * The random numbers of Python's module `random`, so that events are the same wherever they are made.
 *
 * Source: Matsumoto and Nishimura, MT19937 of 2002; the functions above it as in CPython.
 */

const WORDS = 624
const MIDDLE = 397

/** A generator of random numbers, seeded as `random.Random(seed)` with a whole number from 0. */
export class MersenneTwister {
  readonly #state = new Uint32Array(WORDS)
  #at = WORDS

  constructor(seed: number) {
    this.seed(seed)
  }

  /** Begins anew. */
  seed(seed: number): void {
    const high = Math.floor(seed / 2 ** 32)
    this.#seedByKey(high > 0 ? [seed >>> 0, high] : [seed >>> 0])
    this.#at = WORDS
  }

  /** A number from 0, below 1, of 53 bits. */
  random(): number {
    const high = this.#next() >>> 5
    const low = this.#next() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    const shift = Math.clz32(limit)
    for (;;) {
      const number = this.#next() >>> shift
      if (number < limit) return number
    }
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** One of several. */
  choice<T>(of: readonly [T, ...T[]]): T {
    return of[this.below(of.length)] ?? of[0]
  }

  #next(): number {
    if (this.#at === WORDS) this.#twist()
    let word = this.#state[this.#at++] ?? 0
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }

  #twist(): void {
    const state = this.#state
    for (let at = 0; at < WORDS; at++) {
      const word = ((state[at] ?? 0) & 0x80000000) | ((state[(at + 1) % WORDS] ?? 0) & 0x7fffffff)
      const mixed = (state[(at + MIDDLE) % WORDS] ?? 0) ^ (word >>> 1)
      state[at] = (word & 1) === 0 ? mixed : mixed ^ 0x9908b0df
    }
    this.#at = 0
  }

  #seedByKey(key: readonly number[]): void {
    const state = this.#state
    state[0] = 19_650_218
    for (let at = 1; at < WORDS; at++) state[at] = this.#spread(at, 1_812_433_253) + at
    let at = 1
    const step = (): void => {
      at++
      if (at < WORDS) return
      state[0] = state[WORDS - 1] ?? 0
      at = 1
    }
    for (let round = 0; round < WORDS; round++) {
      const place = round % key.length
      state[at] = ((state[at] ?? 0) ^ this.#spread(at, 1_664_525)) + (key[place] ?? 0) + place
      step()
    }
    for (let round = 1; round < WORDS; round++) {
      state[at] = ((state[at] ?? 0) ^ this.#spread(at, 1_566_083_941)) - at
      step()
    }
    state[0] = 0x80000000
  }

  /** What the word before adds to the one at `at`. */
  #spread(at: number, factor: number): number {
    const before = this.#state[at - 1] ?? 0
    return Math.imul(before ^ (before >>> 30), factor) >>> 0
  }
}
