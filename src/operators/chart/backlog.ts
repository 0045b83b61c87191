/**
 * The last rows of a stream, for whoever shows them: a ring. Invariant: a push costs the same however
 * many rows there are, and allocates nothing once the ring is full.
 */
import { GraphError } from '../../errors.ts'

const MAX_CAPACITY = 2 ** 30

/**
 * Keeps the last `capacity` rows, oldest first. `capacity` is a whole number from 1 to 2^30; memory
 * grows with the rows that came, up to that.
 *
 * ```ts
 * const backlog = new Backlog<number>(3)
 * for (const row of [1, 2, 3, 4]) backlog.push(row)
 * backlog.toArray() // [2, 3, 4]
 * ```
 */
export class Backlog<Row> implements Iterable<Row> {
  readonly capacity: number
  #rows: Row[] = []
  /** Where the oldest row is, once the ring is full. */
  #begin = 0

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CAPACITY) {
      throw new GraphError(
        'OPTION_INVALID',
        `a backlog of ${String(capacity)} rows: expected a whole number from 1 to ${MAX_CAPACITY}, such as new Backlog(500)`,
      )
    }
    this.capacity = capacity
  }

  /** How many rows there are. */
  get size(): number {
    return this.#rows.length
  }

  /** The newest row; undefined while there is none. */
  get latest(): Row | undefined {
    return this.#rows.at(this.#begin - 1)
  }

  /** Adds a row; when the backlog is full, the oldest one goes. */
  push(row: Row): void {
    if (this.#rows.length < this.capacity) {
      this.#rows.push(row)
      return
    }
    this.#rows[this.#begin] = row
    this.#begin = this.#begin + 1 === this.capacity ? 0 : this.#begin + 1
  }

  /** Forgets all rows. */
  clear(): void {
    this.#rows = []
    this.#begin = 0
  }

  /** The rows in an array of its own, oldest first. */
  toArray(): Row[] {
    return [...this.#rows.slice(this.#begin), ...this.#rows.slice(0, this.#begin)]
  }

  /** The rows as they are now, oldest first; what is pushed meanwhile is not seen. */
  [Symbol.iterator](): Iterator<Row> {
    return this.toArray()[Symbol.iterator]()
  }
}
