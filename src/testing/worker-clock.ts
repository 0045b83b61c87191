/**
 * Time as a worker under test has it: the time of day stands still until the test moves it; only
 * the few milliseconds of its shortest sleeps pass by themselves.
 */
import type { Clock, ManualClock } from '../time/index.ts'
import type { Schedule } from './schedule.ts'

/** Commits are at most so far apart under test, milliseconds. */
export const TEST_COMMIT_INTERVAL_MS = 2
/** Sleeps up to this long pass at once: those between commits, and between two looks at a full exchange. */
const SHORT_SLEEP_MS = 10
/** After so many of them in a row, with no work done by anybody, it is the time of day that has to move. */
const MAX_IDLE_SLEEPS = 5
/** A jump makes a slice of time end, and a commit due. */
const JUMP_MS = 12
/** In so many of the possible decisions a turn goes on without a jump, in so many it has one. */
const QUIET_TURNS = 8
const JUMPS = 4

/** The clock of one worker. */
export class WorkerClock implements Clock {
  readonly #name: string
  readonly #time: ManualClock
  readonly #schedule: Schedule
  readonly #ended: AbortSignal
  readonly #onSleep: () => void
  readonly #wakesAt = new Set<{ readonly at: number }>()
  #passed = 0
  #workSeen = 0
  #sleeps = 0
  /** At which look at the clock a jump will be seen; 0: at none. */
  #jumpIn = 0
  /** How often the worker has asked: as long as this grows, it is awake. */
  calls = 0

  constructor(
    name: string,
    time: ManualClock,
    {
      schedule,
      ended,
      onSleep,
    }: {
      readonly schedule: Schedule
      /** Whoever sleeps wakes when it is aborted: with the worker's death. */
      readonly ended: AbortSignal
      /** Is told when somebody sleeps until time passes. */
      readonly onSleep: () => void
    },
  ) {
    this.#name = name
    this.#time = time
    this.#schedule = schedule
    this.#ended = ended
    this.#onSleep = onSleep
  }

  now(): number {
    return this.#time.now()
  }

  monotonic(): number {
    this.calls++
    if (this.#jumpIn > 0 && --this.#jumpIn === 0) this.#passed += JUMP_MS
    return this.#time.monotonic() + this.#passed
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.calls++
    if (ms <= SHORT_SLEEP_MS && this.#idleSleeps() <= MAX_IDLE_SLEEPS) {
      this.#passed += Math.max(0, Math.ceil(ms))
      return this.turn('sleeps a little', 'waiting')
    }
    const sleep = { at: this.#time.monotonic() + ms }
    this.#wakesAt.add(sleep)
    this.#onSleep()
    await this.#time.sleep(ms, signal === undefined ? this.#ended : AbortSignal.any([signal, this.#ended]))
    this.#wakesAt.delete(sleep)
    this.calls++
  }

  yield(): Promise<void> {
    return this.turn('yields')
  }

  /** Lets the others have their turn, and decides when time jumps in the next one of this worker. */
  async turn(where: string, kind: 'work' | 'waiting' = 'work'): Promise<void> {
    this.calls++
    await this.#schedule.turn(`${this.#name} ${where}`, kind)
    this.#jumpIn = Math.max(0, this.#schedule.choose(QUIET_TURNS + JUMPS) - QUIET_TURNS + 1)
  }

  #idleSleeps(): number {
    if (this.#workSeen !== this.#schedule.work) this.#sleeps = 0
    this.#workSeen = this.#schedule.work
    return ++this.#sleeps
  }

  /** How long until something of the worker wakes by itself, milliseconds; +∞ for never. */
  wakesIn(): number {
    let at = Number.POSITIVE_INFINITY
    for (const sleep of this.#wakesAt) at = Math.min(at, sleep.at)
    return at - this.#time.monotonic()
  }
}
