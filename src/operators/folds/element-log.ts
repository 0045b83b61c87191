/**
 * Elements as they came, each with its place, for folds that need them all: at the end they are taken
 * in the order of event time, ties by topic, partition, offset and index. So what is made of them does
 * not depend on how partitions interleave.
 */
import type { Origin } from '../../graph/index.ts'
import type { Addition, Wire } from '../../state/index.ts'
import { comparePlaces, type Place } from './place.ts'

interface Kept<In> extends Place {
  readonly value: In
}

/** How elements are written: the topics that they came from, and each as value, time, number of its topic, partition, offset, index. */
type LogState = readonly [
  topics: readonly string[],
  elements: readonly (readonly [unknown, number, number, number, number, number])[],
]

/** Elements with their places. */
export class ElementLog<In> {
  readonly #kept: Kept<In>[] = []
  #isOrdered = true
  /** How many were written into state. */
  #written = 0

  get size(): number {
    return this.#kept.length
  }

  add(value: In, { time, origin, offset, index }: Place): void {
    this.#keep({ value, time, origin, offset, index })
  }

  /** Adds the elements of another log, which stays as it is. */
  addAll(other: ElementLog<In>): void {
    for (const kept of other.#kept) this.#keep(kept)
  }

  /** The elements in the order of their places. */
  values(): In[] {
    const kept = this.#isOrdered ? this.#kept : this.#kept.toSorted(comparePlaces)
    return kept.map(({ value }) => value)
  }

  /** What was added since it was written last; undefined: it never was. */
  takeAddition(): Addition | undefined {
    const from = this.#written
    this.#written = this.#kept.length
    return from === 0 ? undefined : { from, added: this.toState(from) }
  }

  /** Appends what was read, in place of everything from `from` on. */
  read(from: number, state: unknown): void {
    // Only what `toState` gave is written there.
    const [topics, elements] = state as LogState
    this.#kept.length = Math.min(this.#kept.length, from)
    this.#isOrdered = this.#kept.every(
      (kept, at) => at === 0 || comparePlaces(this.#kept[at - 1] ?? kept, kept) <= 0,
    )
    const origins = new Map<string, Origin>()
    for (const [value, time, topicNumber, partition, offset, index] of elements) {
      const name = `${topicNumber}/${partition}`
      const origin = origins.get(name) ?? { topic: topics[topicNumber] ?? '', partition }
      origins.set(name, origin)
      this.#keep({ value: value as In, time, origin, offset, index })
    }
    this.#written = this.#kept.length
  }

  /** The elements from a number on, as msgpack can carry them. */
  toState(from: number = 0): LogState {
    const topics: string[] = []
    const elements = this.#kept.slice(from).map(({ value, time, origin, offset, index }) => {
      let topicNumber = topics.indexOf(origin.topic)
      if (topicNumber < 0) topicNumber = topics.push(origin.topic) - 1
      return [value, time, topicNumber, origin.partition, offset, index] as const
    })
    return [topics, elements]
  }

  #keep(kept: Kept<In>): void {
    const last = this.#kept.at(-1)
    if (last !== undefined && this.#isOrdered) this.#isOrdered = comparePlaces(last, kept) <= 0
    this.#kept.push(kept)
  }
}

/** How logs are written: a commit writes what was added. */
export function logWire<In>(): Wire<ElementLog<In>> {
  return {
    encode: log => log.toState(),
    decode: state => readInto(new ElementLog<In>(), 0, state),
    grows: {
      take: log => log.takeAddition(),
      add: (log, { from, added }) => readInto(log ?? new ElementLog<In>(), from, added),
    },
  }
}

function readInto<In>(log: ElementLog<In>, from: number, state: unknown): ElementLog<In> {
  log.read(from, state)
  return log
}
