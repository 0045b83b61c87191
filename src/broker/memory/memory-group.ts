/** A group's positions and facts in memory. */
import type { CommitRequest, Group, InputAddress, InputClaim, InputPosition } from '../broker.ts'
import { fenced } from '../broker-errors.ts'
import { encodeFact } from '../fact.ts'

/** What a group needs of its broker. */
export interface MemoryGroupHost {
  /** A number greater than any given before. */
  nextEpoch(): number
  /** Checks appends and purges, and gives the function that carries them out and cannot fail. */
  prepare(request: CommitRequest): () => readonly number[]
}

/** The rows that outlive a `Group` handle. */
export class MemoryGroupRows {
  readonly positions: Map<string, InputPosition> = new Map<string, InputPosition>()
  /** As JSON, so that nobody shares a value with the broker. */
  readonly facts: Map<string, string> = new Map<string, string>()

  /** The same rows, which no longer change. */
  copy(): MemoryGroupRows {
    const copy = new MemoryGroupRows()
    for (const [key, position] of this.positions) copy.positions.set(key, position)
    for (const [name, json] of this.facts) copy.facts.set(name, json)
    return copy
  }

  get isEmpty(): boolean {
    return this.positions.size === 0 && this.facts.size === 0
  }
}

/** A handle on a group of a memory broker. */
export class MemoryGroup implements Group {
  readonly id: string
  readonly #rows: MemoryGroupRows
  readonly #host: MemoryGroupHost

  constructor(id: string, rows: MemoryGroupRows, host: MemoryGroupHost) {
    this.id = id
    this.#rows = rows
    this.#host = host
  }

  async positions(): Promise<readonly InputPosition[]> {
    return [...this.#rows.positions.values()].sort(byAddress)
  }

  async fact(name: string): Promise<unknown> {
    const json = this.#rows.facts.get(name)
    return json === undefined ? undefined : JSON.parse(json)
  }

  async setFact(name: string, value: unknown): Promise<void> {
    const json = encodeFact(name, value)
    if (json === undefined) this.#rows.facts.delete(name)
    else this.#rows.facts.set(name, json)
  }

  async claim(inputs: readonly InputClaim[]): Promise<readonly InputPosition[]> {
    const epoch = this.#host.nextEpoch()
    return inputs.map(({ step, partition, initial, topic: claimedIn }) => {
      const key = keyOf(step, partition)
      const found = this.#rows.positions.get(key)
      const topic = claimedIn ?? found?.topic
      // a position in another topic is none in this one
      const isElsewhere = found?.topic !== undefined && found.topic !== topic
      const { next, progress } =
        found === undefined || isElsewhere ? { next: initial, progress: new Uint8Array(0) } : found
      const claimed = { step, partition, epoch, next, progress, ...(topic === undefined ? {} : { topic }) }
      this.#rows.positions.set(key, claimed)
      return claimed
    })
  }

  async forget(step: string): Promise<void> {
    for (const [key, position] of this.#rows.positions) {
      if (position.step === step) this.#rows.positions.delete(key)
    }
  }

  async commit(request: CommitRequest): Promise<readonly number[]> {
    const changed = new Map<string, InputPosition>()
    for (const input of request.inputs) {
      const key = keyOf(input.step, input.partition)
      const found = changed.get(key) ?? this.#rows.positions.get(key)
      if (found?.epoch !== input.epoch || found.next !== input.from) throw fenced(this.id, input, found)
      changed.set(key, { ...found, next: input.next, progress: new Uint8Array(input.progress) })
    }
    const append = this.#host.prepare(request)
    for (const [key, position] of changed) this.#rows.positions.set(key, position)
    return append()
  }

  async remove(): Promise<void> {
    this.#rows.positions.clear()
    this.#rows.facts.clear()
  }
}

function keyOf(step: string, partition: number): string {
  return `${partition} ${step}`
}

function byAddress(a: InputAddress, b: InputAddress): number {
  if (a.step !== b.step) return a.step < b.step ? -1 : 1
  return a.partition - b.partition
}
