/** A binary heap of things that are due at instants: finds the earliest without looking at the others. */

/** A priority queue by time, the earliest first; things of equal time come in no order. */
export class TimeQueue<T> {
  readonly #times: number[] = []
  readonly #items: T[] = []

  get size(): number {
    return this.#times.length
  }

  /** The earliest instant; +∞ when empty. */
  firstTime(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  push(time: number, item: T): void {
    const times = this.#times
    const items = this.#items
    let index = times.length
    times.push(time)
    items.push(item)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = times[parent] ?? time
      if (above <= time) break
      times[index] = above
      items[index] = items[parent] ?? item
      index = parent
    }
    times[index] = time
    items[index] = item
  }

  /** Takes what is due first; undefined when empty. */
  pop(): T | undefined {
    const first = this.#items[0]
    const time = this.#times.pop()
    const item = this.#items.pop()
    if (time !== undefined && item !== undefined && this.#times.length > 0) this.#sink(time, item)
    return first
  }

  #sink(time: number, item: T): void {
    const times = this.#times
    const items = this.#items
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= times.length) break
      if ((times[child + 1] ?? Number.POSITIVE_INFINITY) < (times[child] ?? 0)) child++
      const below = times[child] ?? time
      if (below >= time) break
      times[index] = below
      items[index] = items[child] ?? item
      index = child
    }
    times[index] = time
    items[index] = item
  }
}
