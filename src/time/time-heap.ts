/** A binary heap of instants: finds the earliest without looking at the others. */

/** A priority queue of numbers, the smallest first; equal numbers may be in it more than once. */
export class TimeHeap {
  readonly #items: number[] = []

  get size(): number {
    return this.#items.length
  }

  /** The earliest instant; +∞ when empty. */
  first(): number {
    return this.#items[0] ?? Number.POSITIVE_INFINITY
  }

  push(time: number): void {
    const items = this.#items
    let index = items.length
    items.push(time)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = items[parent] ?? time
      if (above <= time) break
      items[index] = above
      index = parent
    }
    items[index] = time
  }

  /** Takes the earliest instant out; +∞ when empty. */
  pop(): number {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined) return Number.POSITIVE_INFINITY
    if (items.length > 0) this.#sink(last)
    return first
  }

  #sink(time: number): void {
    const items = this.#items
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if ((items[child + 1] ?? Number.POSITIVE_INFINITY) < (items[child] ?? 0)) child++
      const below = items[child] ?? time
      if (below >= time) break
      items[index] = below
      index = child
    }
    items[index] = time
  }
}
