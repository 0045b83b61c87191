/**
 * Time as a worker under test has it: the time of day stands still until the test moves it; only
 * the few milliseconds by which commits are paced pass by themselves.
 */
import { type Clock, type ManualClock, systemClock } from '../time/index.ts'

/** Commits are at most so far apart under test, milliseconds; sleeps up to this long pass at once. */
export const TEST_COMMIT_INTERVAL_MS = 2
/** With a seed: how often a look at the clock finds that a slice's time has passed. */
const JUMP_CHANCE = 0.15
const JUMP_MS = 12
/** With a seed: the most turns that others may have before a worker goes on. */
const MAX_TURNS = 4

/** Numbers from 0 to below 1. */
export type Random = () => number

/** The same numbers for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The clock of one worker. */
export class WorkerClock implements Clock {
  readonly #time: ManualClock
  readonly #random: Random | undefined
  #passed = 0
  readonly #wakesAt = new Set<{ readonly at: number }>()
  /** How often the worker has asked: as long as this grows, it is awake. */
  calls = 0

  constructor(time: ManualClock, random: Random | undefined) {
    this.#time = time
    this.#random = random
  }

  now(): number {
    return this.#time.now()
  }

  monotonic(): number {
    this.calls++
    const random = this.#random
    if (random !== undefined && random() < JUMP_CHANCE) this.#passed += Math.ceil(JUMP_MS * random())
    return this.#time.monotonic() + this.#passed
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.calls++
    if (ms <= TEST_COMMIT_INTERVAL_MS) {
      await systemClock.yield()
      this.#passed += Math.max(0, Math.ceil(ms))
      return
    }
    const sleep = { at: this.#time.monotonic() + ms }
    this.#wakesAt.add(sleep)
    await this.#time.sleep(ms, signal)
    this.#wakesAt.delete(sleep)
    this.calls++
  }

  /** Lets the others have their turn. */
  async yield(): Promise<void> {
    this.calls++
    const turns = this.#random === undefined ? 1 : 1 + Math.floor(this.#random() * MAX_TURNS)
    for (let turn = 0; turn < turns; turn++) await systemClock.yield()
  }

  /** How long until something of the worker wakes by itself, milliseconds; +∞ for never. */
  wakesIn(): number {
    let at = Number.POSITIVE_INFINITY
    for (const sleep of this.#wakesAt) at = Math.min(at, sleep.at)
    return at - this.#time.monotonic()
  }
}
