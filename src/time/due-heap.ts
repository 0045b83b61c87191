/**
 * Things that are due at instants which may be moved: a heap of four branches, whose times stand apart from
 * the things, so that going down looks at neighbouring numbers and not at objects all over the memory.
 *
 * Invariant: a thing stands in the heap by `at`, which is no later than its `time`; once, beside stale
 * places by other times, which are passed over and never more than the others. One that is put off is left
 * where it stands until it comes up, so putting off costs nothing and grows nothing.
 */

/** Something in a heap. */
export interface DueNode {
  /** When it is due. */
  time: number
  /** By which time it stands in the heap; NaN: it does not. */
  at: number
}

/** Fewer stale places than this are not worth looking for. */
const LEAST_STALE = 64

/** A priority queue of nodes, the earliest first. */
export class DueHeap<N extends DueNode> {
  #times: number[] = []
  #nodes: N[] = []
  #stale = 0
  readonly #tie: (left: N, right: N) => number

  /** `tie` orders what is due at the same time. */
  constructor(tie: (left: N, right: N) => number = () => 0) {
    this.#tie = tie
  }

  get size(): number {
    return this.#times.length - this.#stale
  }

  /** How many places it takes, stale ones included. */
  get places(): number {
    return this.#times.length
  }

  /** Nothing is due before this; +∞ when empty. */
  firstTime(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY
  }

  /** What is due first, if that is at `time` or before. */
  firstUntil(time: number): N | undefined {
    for (;;) {
      const at = this.#times[0]
      const node = this.#nodes[0]
      if (at === undefined || node === undefined || at > time) return undefined
      if (node.at !== at) {
        this.#stale--
        this.#pop()
      } else if (node.time === at) return node
      else {
        node.at = node.time
        this.#sink(node.time, node, 0)
      }
    }
  }

  add(node: N): void {
    node.at = node.time
    this.#rise(node.time, node)
  }

  /** The time of a node has changed. */
  moved(node: N): void {
    if (node.time >= node.at) return
    if (!Number.isNaN(node.at)) this.#leaveStale()
    this.add(node)
  }

  remove(node: N): void {
    if (Number.isNaN(node.at)) return
    const isFirst = this.#nodes[0] === node && this.#times[0] === node.at
    node.at = Number.NaN
    if (isFirst) this.#pop()
    else this.#leaveStale()
  }

  #leaveStale(): void {
    this.#stale++
    if (this.#stale > LEAST_STALE && this.#stale * 2 > this.#times.length) this.#rebuild()
  }

  /** Without stale places; those of one node by equal times count once. */
  #rebuild(): void {
    const nodes = new Set<N>()
    this.#nodes.forEach((node, place) => {
      if (node.at === this.#times[place]) nodes.add(node)
    })
    this.#times = []
    this.#nodes = []
    this.#stale = 0
    for (const node of nodes) this.add(node)
  }

  #pop(): void {
    const time = this.#times.pop()
    const node = this.#nodes.pop()
    if (time !== undefined && node !== undefined && this.#times.length > 0) this.#sink(time, node, 0)
  }

  #rise(time: number, node: N): void {
    const times = this.#times
    const nodes = this.#nodes
    let place = times.length
    times.push(time)
    nodes.push(node)
    while (place > 0) {
      const parent = (place - 1) >> 2
      const above = times[parent] ?? time
      const other = nodes[parent] ?? node
      if (above < time || (above === time && this.#tie(other, node) <= 0)) break
      times[place] = above
      nodes[place] = other
      place = parent
    }
    times[place] = time
    nodes[place] = node
  }

  #sink(time: number, node: N, from: number): void {
    const times = this.#times
    const nodes = this.#nodes
    const { length } = times
    let place = from
    for (let first = 4 * place + 1; first < length; first = 4 * place + 1) {
      let child = first
      let below = times[first] ?? time
      const end = Math.min(first + 4, length)
      for (let other = first + 1; other < end; other++) {
        const its = times[other] ?? time
        if (its < below || (its === below && this.#isBefore(other, child))) {
          child = other
          below = its
        }
      }
      const least = nodes[child] ?? node
      if (below > time || (below === time && this.#tie(node, least) <= 0)) break
      times[place] = below
      nodes[place] = least
      place = child
    }
    times[place] = time
    nodes[place] = node
  }

  #isBefore(left: number, right: number): boolean {
    const one = this.#nodes[left]
    const other = this.#nodes[right]
    return one !== undefined && other !== undefined && this.#tie(one, other) < 0
  }
}
