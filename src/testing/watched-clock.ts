/** A clock moved by hand that also tells when somebody sleeps on it: then whoever polls has done its round. */
import { ManualClock } from '../time/index.ts'

/** A manual clock that can be waited for. */
export class WatchedClock extends ManualClock {
  #asleep = 0
  #watchers: (() => void)[] = []

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const slept = super.sleep(ms, signal)
    this.#asleep++
    const watchers = this.#watchers
    this.#watchers = []
    for (const watcher of watchers) watcher()
    await slept
    this.#asleep--
  }

  /** Resolves when somebody sleeps, at once if somebody does. */
  async asleep(): Promise<void> {
    while (this.#asleep === 0) await new Promise<void>(resolve => this.#watchers.push(resolve))
  }

  /** Lets a sleeper have so much time, and waits until it sleeps again. */
  async round(ms: number): Promise<void> {
    await this.asleep()
    this.advance(ms)
    // What was due leaves its sleep in the microtasks that follow.
    for (let turns = 0; turns < 4; turns++) await Promise.resolve()
    await this.asleep()
  }
}
