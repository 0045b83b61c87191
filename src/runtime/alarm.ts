/** What a worker sleeps until: news in a topic, a call of `wake`, or a time that was asked for. */
import type { Broker } from '../broker/index.ts'
import type { Clock } from '../time/index.ts'

/** The sleep of one worker. */
export class Alarm {
  readonly #broker: Broker
  readonly #clock: Clock
  #wake: () => void = () => {}
  #woken = false
  #news: Promise<void> | undefined

  constructor(broker: Broker, clock: Clock) {
    this.#broker = broker
    this.#clock = clock
  }

  /** Ends the sleep, or keeps the worker from its next one. */
  wake(): void {
    this.#woken = true
    this.#wake()
  }

  /**
   * One question to the broker stays open over many turns and sleeps, so that no news is missed: what
   * comes during a turn or a commit keeps the worker from its next sleep.
   */
  listen(stop: AbortSignal): Promise<void> {
    this.#news ??= this.#broker.news(stop).then(() => {
      this.#news = undefined
      this.wake()
    })
    return this.#news
  }

  /** Sleeps for so many milliseconds at most; not at all when something has happened since the last time. */
  async sleep(ms: number, stop: AbortSignal): Promise<void> {
    if (this.#woken || ms <= 0) {
      this.#woken = false
      return this.#clock.yield()
    }
    const done = new AbortController()
    await Promise.race([
      this.listen(stop),
      this.#clock.sleep(ms, done.signal),
      new Promise<void>(resolve => {
        this.#wake = resolve
      }),
    ])
    done.abort()
    this.#wake = () => {}
    this.#woken = false
  }
}
