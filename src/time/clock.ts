/**
 * Clocks: the only place that reads the time of day or waits. Everything else is handed a `Clock`,
 * so that tests move time by hand.
 */

/** A longer timer would go off at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Reads the time and waits. */
export interface Clock {
  /** Epoch milliseconds, an integer; may jump, also backwards, as the machine's clock does. */
  now(): number
  /** Milliseconds since some fixed moment, with fractions; never goes backwards. For measuring durations. */
  monotonic(): number
  /** Resolves after `ms`, or as soon as `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Lets input, timers and signals of the process have their turn. */
  yield(): Promise<void>
}

/** The machine's own clock, as every place that runs JavaScript has it. A pending `sleep` keeps the process alive. */
export const timerClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const until = performance.now() + ms
      const goOn = (): void => {
        const left = until - performance.now()
        timer = left > MAX_TIMER_MS ? setTimeout(goOn, MAX_TIMER_MS) : setTimeout(finish, left)
      }
      let timer = ms > MAX_TIMER_MS ? setTimeout(goOn, MAX_TIMER_MS) : setTimeout(finish, ms)
      signal?.addEventListener('abort', finish)
    }),
  yield: () => new Promise(resolve => setTimeout(resolve, 0)),
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #now: number
  #sleepers: { readonly at: number; readonly wake: () => void }[] = []
  #monotonic = 0

  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      if (signal?.aborted === true || ms <= 0) return resolve()
      const sleeper = { at: this.#monotonic + ms, wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener('abort', () => this.#wake(sleeper), { once: true })
    })
  }

  yield(): Promise<void> {
    return Promise.resolve()
  }

  /** Moves time forward by `ms` and wakes whoever has slept long enough, the earliest first. */
  advance(ms: number): void {
    this.#now += ms
    this.#monotonic += ms
    const due = this.#sleepers.filter(sleeper => sleeper.at <= this.#monotonic).sort((a, b) => a.at - b.at)
    for (const sleeper of due) this.#wake(sleeper)
  }

  /** Sets the time of day, also backwards, as a correction of the machine's clock does; wakes nobody. */
  jumpTo(nowMs: number): void {
    this.#now = nowMs
  }

  #wake(sleeper: { readonly wake: () => void }): void {
    this.#sleepers = this.#sleepers.filter(other => other !== sleeper)
    sleeper.wake()
  }
}
