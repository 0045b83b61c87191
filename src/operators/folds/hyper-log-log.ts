/**
 * A sketch of a set of hashes: HyperLogLog (Flajolet et al. 2007) with Ertl's estimator (2017), which needs no
 * tables and is unbiased for sets of any size. The hashes themselves are kept while they are few.
 *
 * Invariant: the sketch follows from the set of hashes alone, so neither the order of additions and merges
 * nor repetitions make a difference; reading an addition twice changes nothing.
 */
import type { Addition, Wire } from '../../state/index.ts'
import type { ValueHash } from './value-hash.ts'

/** Hashes are kept up to so many per register: a list takes no more room than the registers then. */
const REGISTERS_PER_HASH = 64
const LOW_BITS = 32
const HIGH_BITS = 21

/** How a sketch is written: its hashes, or its registers, a byte each. */
type SketchState = readonly number[] | Uint8Array
/** What is added: hashes; or registers with what is in them, one after the other. */
type AdditionState =
  | readonly [kind: 'hashes', hashes: readonly number[]]
  | readonly [kind: 'registers', pairs: readonly number[]]

/** The sketch of a set. */
export class HyperLogLog {
  readonly #precision: number
  /** The hashes as whole numbers, while they are few. */
  #hashes: Set<number> | undefined
  #registers: Uint8Array | undefined
  /** What was added since it was written last, hashes or numbers of registers; undefined: write all. */
  #added: Set<number> | undefined

  constructor(precision: number) {
    this.#precision = precision
    if (this.#maxHashes === 0) this.#registers = new Uint8Array(this.#size)
    else this.#hashes = new Set()
  }

  add({ low, high }: ValueHash): void {
    this.#addHash(high * 2 ** LOW_BITS + low)
  }

  /** Adds what another sketch of the same precision holds, which stays as it is. */
  addAll(other: HyperLogLog): void {
    if (other.#hashes !== undefined) for (const hash of other.#hashes) this.#addHash(hash)
    if (other.#registers === undefined) return
    this.#spread()
    for (const [register, rank] of other.#registers.entries()) if (rank > 0) this.#raise(register, rank)
  }

  /** About how many different hashes were added; exactly, while they are few. */
  estimate(): number {
    return this.#hashes === undefined ? estimateOf(this.#registers ?? [], this.#precision) : this.#hashes.size
  }

  copy(): HyperLogLog {
    const copy = new HyperLogLog(this.#precision)
    copy.#hashes = this.#hashes && new Set(this.#hashes)
    copy.#registers = this.#registers?.slice()
    copy.#added = this.#added && new Set(this.#added)
    return copy
  }

  takeAddition(): Addition | undefined {
    const added = this.#added
    this.#added = new Set()
    const registers = this.#registers
    // Many changes take more room than all registers.
    if (added === undefined || added.size * 4 > this.#size) return undefined
    const state: AdditionState =
      registers === undefined
        ? ['hashes', [...added]]
        : ['registers', [...added].flatMap(register => [register, registers[register] ?? 0])]
    return { from: 1, added: state }
  }

  readAddition(state: unknown): void {
    // Only what `takeAddition` gave is written there.
    const [kind, numbers] = state as AdditionState
    if (kind === 'hashes') for (const hash of numbers) this.#addHash(hash)
    else {
      this.#spread()
      for (let at = 0; at < numbers.length; at += 2) this.#raise(numbers[at] ?? 0, numbers[at + 1] ?? 0)
    }
    this.#added = new Set()
  }

  toState(): SketchState {
    return this.#registers?.slice() ?? [...(this.#hashes ?? [])]
  }

  read(state: unknown): void {
    // Only what `toState` gave is written there.
    const given = state as SketchState
    if (given instanceof Uint8Array) {
      this.#hashes = undefined
      this.#registers = Uint8Array.from(given)
    } else this.#hashes = new Set(given)
    this.#added = new Set()
  }

  get #size(): number {
    return 2 ** this.#precision
  }

  get #maxHashes(): number {
    return Math.floor(this.#size / REGISTERS_PER_HASH)
  }

  #addHash(hash: number): void {
    if (this.#hashes !== undefined) {
      if (this.#hashes.has(hash)) return
      if (this.#hashes.size < this.#maxHashes) {
        this.#hashes.add(hash)
        this.#added?.add(hash)
        return
      }
      this.#spread()
    }
    const low = hash >>> 0
    const high = Math.floor(hash / 2 ** LOW_BITS)
    const register = low >>> (LOW_BITS - this.#precision)
    this.#raise(register, rankOf(low << this.#precision, LOW_BITS - this.#precision, high))
  }

  /** From now on there are registers. */
  #spread(): void {
    const hashes = this.#hashes
    if (hashes === undefined) return
    this.#hashes = undefined
    this.#registers = new Uint8Array(this.#size)
    this.#added = undefined
    for (const hash of hashes) this.#addHash(hash)
  }

  #raise(register: number, rank: number): void {
    const registers = this.#registers
    if (registers === undefined || (registers[register] ?? rank) >= rank) return
    registers[register] = rank
    this.#added?.add(register)
  }
}

/** How sketches are written: a commit writes what was added, unless that is more than the whole. */
export function sketchWire(precision: number): Wire<HyperLogLog> {
  return {
    encode: sketch => sketch.toState(),
    decode: state => {
      const sketch = new HyperLogLog(precision)
      sketch.read(state)
      return sketch
    },
    grows: {
      take: sketch => sketch.takeAddition(),
      add: (before, { added }) => {
        const sketch = before ?? new HyperLogLog(precision)
        sketch.readAddition(added)
        return sketch
      },
    },
  }
}

/** One more than the number of leading zeros, in what is left of the lower bits and then in the higher ones. */
function rankOf(rest: number, restBits: number, high: number): number {
  const zeros = Math.clz32(rest)
  if (zeros < restBits) return zeros + 1
  return restBits + Math.min(HIGH_BITS, Math.clz32(high << (32 - HIGH_BITS))) + 1
}

/** Ertl's improved estimator, from how many registers hold each rank. */
function estimateOf(registers: Iterable<number>, precision: number): number {
  const size = 2 ** precision
  const largest = LOW_BITS + HIGH_BITS - precision
  const counts = new Array<number>(largest + 2).fill(0)
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1
  let sum = size * tau(1 - (counts[largest + 1] ?? 0) / size)
  for (let rank = largest; rank >= 1; rank--) sum = (sum + (counts[rank] ?? 0)) / 2
  sum += size * sigma((counts[0] ?? 0) / size)
  return Math.round((size * size) / (2 * Math.LN2 * sum))
}

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY
  let x = start
  let y = 1
  let sum = start
  for (let before = Number.NaN; sum !== before; y *= 2) {
    before = sum
    x *= x
    sum += x * y
  }
  return sum
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0
  let x = start
  let y = 1
  let sum = 1 - start
  for (let before = Number.NaN; sum !== before; ) {
    before = sum
    x = Math.sqrt(x)
    y /= 2
    sum -= (1 - x) ** 2 * y
  }
  return sum / 3
}
