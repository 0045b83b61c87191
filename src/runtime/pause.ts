/**
 * Pausing an app: a word on the broker that its workers look for, so it works from any process, and outlives
 * restarts. Who pauses needs no lease: the fact is set by others than the one who runs the app.
 */
import type { Broker, Group } from '../broker/index.ts'
import { type Clock, systemClock } from '../time/index.ts'

/** How often workers look. */
const CHECK_INTERVAL_MS = 100

const FACT = 'paused'

/**
 * Pauses an app: within a second its workers finish what they have in hand, commit, and read nothing more
 * until `resumeApp`. They keep their state in memory, and the right to run. Watermarks stand still. One that is
 * not running is paused when it starts. Gives since when it is paused, epoch milliseconds; one that is paused
 * already stays so.
 */
export async function pauseApp(broker: Broker, app: string): Promise<number> {
  const group = broker.group(app)
  const since = await pausedSince(group)
  if (since !== undefined) return since
  const now = systemClock.now()
  await group.setFact(FACT, { since: now })
  return now
}

/** Lets a paused app go on; false where it was not paused. */
export async function resumeApp(broker: Broker, app: string): Promise<boolean> {
  const group = broker.group(app)
  const was = (await pausedSince(group)) !== undefined
  if (was) await group.setFact(FACT, undefined)
  return was
}

/** Since when an app is paused, epoch milliseconds; undefined: it is not. */
export async function pausedSince(group: Pick<Group, 'fact'>): Promise<number | undefined> {
  const fact = await group.fact(FACT)
  const isPause = typeof fact === 'object' && fact !== null && 'since' in fact
  return isPause ? Number(fact.since) : undefined
}

/** Looks now and then whether a worker is to pause. */
export class PauseWatch {
  readonly #group: Group
  readonly #clock: Clock
  #at = Number.NEGATIVE_INFINITY
  #since: number | undefined

  constructor(group: Group, clock: Clock) {
    this.#group = group
    this.#clock = clock
  }

  /** Since when it is paused, as of the last look. */
  get since(): number | undefined {
    return this.#since
  }

  /** Whether it is time to look again. */
  get isDue(): boolean {
    return this.#clock.monotonic() >= this.#at
  }

  /** Looks: since when the app is paused, or undefined. */
  async look(): Promise<number | undefined> {
    this.#at = this.#clock.monotonic() + CHECK_INTERVAL_MS
    this.#since = await pausedSince(this.#group)
    return this.#since
  }

  /** Waits until the next look. */
  async wait(stop: AbortSignal): Promise<void> {
    await this.#clock.sleep(CHECK_INTERVAL_MS, stop)
  }
}
