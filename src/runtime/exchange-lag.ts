/**
 * Back-pressure between workers: producers pause while a repartition topic holds more bytes than its
 * consumers should have before them. What a topic holds is what was not consumed, since it is purged
 * by consumer position.
 */
import type { Broker } from '../broker/index.ts'
import type { Clock } from '../time/index.ts'

/** Beyond so many bytes in one partition of a repartition topic, sources pause. */
export const MAX_EXCHANGE_BYTES = 64_000_000
const CHECK_INTERVAL_MS = 10

/** Watches the repartition topics that a worker writes to. */
export class ExchangeLag {
  /** Whether one of them is too full. */
  isFull = false
  readonly #broker: Broker
  readonly #topics: readonly string[]
  readonly #clock: Clock
  readonly #maxBytes: number
  #checkAt = 0

  constructor(broker: Broker, topics: readonly string[], clock: Clock, maxBytes: number) {
    this.#broker = broker
    this.#topics = topics
    this.#clock = clock
    this.#maxBytes = maxBytes
  }

  /** How long until a full one should be looked at again, milliseconds: nobody tells when it has been emptied. */
  checkIn(): number {
    return this.isFull ? Math.max(0, this.#checkAt - this.#clock.monotonic()) : Number.POSITIVE_INFINITY
  }

  /** Looks again, if it is time to. */
  async check(): Promise<void> {
    const now = this.#clock.monotonic()
    if (this.#topics.length === 0 || now < this.#checkAt) return
    this.#checkAt = now + CHECK_INTERVAL_MS
    const partitions = await Promise.all(this.#topics.map(topic => this.#broker.partitions(topic)))
    this.isFull = partitions.flat().some(partition => partition.bytes > this.#maxBytes)
  }
}
