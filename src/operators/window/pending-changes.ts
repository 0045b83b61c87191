/** Windows that have changed since results were given last, where those come each so often. */
import type { KernelHost } from '../../graph/index.ts'
import type { Emission } from './windows.ts'

/**
 * Remembers what has changed, in memory alone: after a restart a window gives its result when it changes
 * again, or is over.
 */
export class PendingChanges<T> {
  readonly #everyMs: number
  readonly #isEventTime: boolean
  readonly #host: KernelHost
  #changed = new Set<T>()
  /** The next moment at which results are given. */
  #at = Number.POSITIVE_INFINITY

  constructor({ everyMs, time }: Extract<Emission, { kind: 'every' }>, host: KernelHost) {
    this.#everyMs = everyMs
    this.#isEventTime = time === 'event'
    this.#host = host
  }

  /** Remembers a window that took an element with this entry watermark. */
  add(window: T, entryWatermark: number): void {
    this.#changed.add(window)
    if (this.#at < Number.POSITIVE_INFINITY) return
    this.#at = this.#next(this.#isEventTime ? entryWatermark : this.#host.now())
    if (this.#isEventTime) this.#host.wakeAt(this.#at)
    else this.#host.alarmAt(this.#at)
  }

  /** Everything that has changed, in the order in which it did first. */
  take(): Iterable<T> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  /** The watermark at which results are to be given; +∞ for none. */
  due(): number {
    return this.#isEventTime && this.#changed.size > 0 ? this.#at : Number.POSITIVE_INFINITY
  }

  /** Whether event time has come to a moment at which results are given. */
  isDue(watermark: number): boolean {
    if (!this.#isEventTime || watermark < this.#at || this.#changed.size === 0) return false
    this.#at = Number.POSITIVE_INFINITY
    return true
  }

  /** Processing time has come to such a moment. */
  rang(): void {
    this.#at = Number.POSITIVE_INFINITY
  }

  /** The multiple of the interval that comes after a moment; where nothing is known of the past, at once. */
  #next(now: number): number {
    return now === Number.NEGATIVE_INFINITY ? now : (Math.floor(now / this.#everyMs) + 1) * this.#everyMs
  }
}
