/**
 * The dead letters of an app, and what an operator does with them: look, send back, drop.
 *
 * A letter that was sent back or dropped is *handled*. Which are is a row of the app's group, one for
 * each partition: everything before its position, and the ranges in its progress. Sending back is one
 * commit of that row with the records for the retry topic, so a letter is in one place or the other,
 * whatever is killed when; two who do it at once are fenced from each other. Decision 15 says why.
 */
import { BatchBuilder, BatchCursor, type Broker, type Group, type InputPosition } from '../broker/index.ts'
import { type DeadLetter, readDeadLetter } from '../engine/index.ts'
import { BrokerError, FencedError } from '../errors.ts'
import { deadLetterTopic, retryTopic } from './names.ts'
import { OffsetRanges } from './offset-ranges.ts'

/** The step that the rows of handled letters belong to; no step of a graph can have this id. */
export const DEAD_LETTERS_STEP = '(dead-letters)'

/** So many letters, or bytes of them, are handled in one commit. */
const COMMIT_LETTERS = 10_000
const COMMIT_BYTES = 4_000_000

/** Which letters are meant; without anything, all. */
export interface LetterFilter {
  readonly step?: string | undefined
  readonly partition?: number | undefined
  /** The first offset, and the one after the last. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** A letter that nobody has handled yet. */
export interface OpenLetter extends DeadLetter {
  readonly partition: number
  readonly offset: number
  /** The record; valid until the next letter is asked for. */
  readonly record: BatchCursor
}

/** What was handled. */
export interface Handled {
  readonly letters: number
  /** Of a retry: those that stay, as their elements could not be kept. */
  readonly refused: number
}

/** Looks after the dead letters of one app. */
export class DeadLetterBox {
  readonly #broker: Broker
  readonly #app: string
  readonly #group: Group
  readonly #topic: string

  constructor(broker: Broker, app: string) {
    this.#broker = broker
    this.#app = app
    this.#group = broker.group(app)
    this.#topic = deadLetterTopic(app)
  }

  /** The open letters, partition by partition, by offset, one reused object's worth of memory at a time. */
  async *letters(filter: LetterFilter = {}): AsyncGenerator<OpenLetter> {
    const rows = await this.#group.positions()
    for (const [partition, { start, end }] of (await this.#bounds()).entries()) {
      if (filter.partition !== undefined && filter.partition !== partition) continue
      const row = rows.find(each => each.step === DEAD_LETTERS_STEP && each.partition === partition)
      const handled = handledOf(row, start, end)
      yield* this.#read(partition, Math.max(start, handled.base), end, handled, filter)
    }
  }

  /** How many dead letters wait in the retry topic for the app to take them up. */
  async waiting(): Promise<number> {
    const topic = retryTopic(this.#app)
    if ((await this.#broker.topic(topic)) === undefined) return 0
    return (await this.#broker.partitions(topic)).reduce((sum, { start, end }) => sum + end - start, 0)
  }

  /** Sends letters back to the steps that failed; `told` hears the count after each commit. */
  retry(filter: LetterFilter, signal: AbortSignal, told: (letters: number) => void): Promise<Handled> {
    return this.#handle(filter, signal, told, true)
  }

  /** Forgets letters; their records are purged once nothing before them is open. */
  drop(filter: LetterFilter, signal: AbortSignal, told: (letters: number) => void): Promise<Handled> {
    return this.#handle(filter, signal, told, false)
  }

  async #handle(
    filter: LetterFilter,
    signal: AbortSignal,
    told: (letters: number) => void,
    sendBack: boolean,
  ): Promise<Handled> {
    const retries = sendBack ? await this.#ensureRetryTopic() : 0
    const total = { letters: 0, refused: 0 }
    for (const [partition, { start, end }] of (await this.#bounds()).entries()) {
      if (filter.partition !== undefined && filter.partition !== partition) continue
      const [row] = await this.#group.claim([
        { step: DEAD_LETTERS_STEP, partition, initial: start, topic: this.#topic },
      ])
      if (row === undefined) continue
      const pass = new Pass(row, handledOf(row, start, end), retries)
      const commit = async (): Promise<void> => {
        if (!pass.hasPending) return
        await this.#commit(partition, pass)
        told(total.letters)
      }
      for await (const letter of this.#read(
        partition,
        Math.max(start, pass.handled.base),
        end,
        pass.handled,
        filter,
      )) {
        if (signal.aborted) break
        if (pass.take(letter)) total.letters++
        else total.refused++
        if (pass.isFull) await commit()
      }
      await commit()
    }
    return total
  }

  async #commit(partition: number, pass: Pass): Promise<void> {
    const handled = pass.finish()
    const purgeTo = Math.min(handled.base, await this.#lowestReader(partition))
    const { step, epoch, next: from } = pass.row
    const next = handled.base
    const progress = handled.encode()
    try {
      await this.#group.commit({
        inputs: [{ step, partition, epoch, from, next, progress }],
        appends: pass.appends(retryTopic(this.#app)),
        purges: [{ topic: this.#topic, partition, before: purgeTo }],
      })
    } catch (thrown) {
      if (!(thrown instanceof FencedError)) throw thrown
      throw new FencedError(
        `another command handles the dead letters of app "${this.#app}" at the same time; what it has not taken is still there: look again, and repeat yours`,
        { cause: thrown },
      )
    }
    pass.row = { ...pass.row, next }
  }

  async *#read(
    partition: number,
    from: number,
    end: number,
    handled: OffsetRanges,
    filter: LetterFilter,
  ): AsyncGenerator<OpenLetter> {
    const to = Math.min(end, filter.to ?? end)
    const first = Math.max(from, filter.from ?? 0)
    if (first >= to) return
    const reader = this.#broker.reader(this.#topic, partition, first)
    const record = new BatchCursor()
    try {
      while (reader.position < to) {
        const batch = reader.poll()
        if (batch === undefined) return
        record.load(batch)
        while (record.next()) {
          const { offset } = record
          if (offset < first || handled.has(offset)) continue
          if (offset >= to) return
          const letter = readDeadLetter(record)
          if (filter.step === undefined || filter.step === letter.step)
            yield { ...letter, partition, offset, record }
        }
      }
    } finally {
      reader.close()
    }
  }

  async #bounds(): ReturnType<Broker['partitions']> {
    if ((await this.#broker.topic(this.#topic)) !== undefined) return this.#broker.partitions(this.#topic)
    throw new BrokerError(
      'TOPIC_UNKNOWN',
      `app "${this.#app}" has no dead letters on ${this.#broker.url}: there is no topic "${this.#topic}"`,
    )
  }

  /** As many partitions as the app has shards: a letter's partition is the number of its task. */
  async #ensureRetryTopic(): Promise<number> {
    const name = retryTopic(this.#app)
    const shards = await this.#group.fact('shards')
    const partitions = typeof shards === 'number' ? shards : (await this.#bounds()).length
    await this.#broker.createTopic({ name, partitions, kind: 'repartition' })
    return partitions
  }

  /** Other apps may read the dead letters too: nothing is purged before they have. */
  async #lowestReader(partition: number): Promise<number> {
    let lowest = Number.POSITIVE_INFINITY
    for (const id of await this.#broker.groups()) {
      for (const { step, partition: read, topic, next } of await this.#broker.group(id).positions()) {
        const isReader = topic === this.#topic && read === partition && step !== DEAD_LETTERS_STEP
        if (isReader) lowest = Math.min(lowest, next)
      }
    }
    return lowest
  }
}

/** What one command handles in one partition, commit by commit. */
class Pass {
  row: InputPosition
  handled: OffsetRanges
  readonly #builders: readonly BatchBuilder[]
  #offsets: number[] = []

  /** `retries`: how many partitions the retry topic has; 0 to drop. */
  constructor(row: InputPosition, handled: OffsetRanges, retries: number) {
    this.row = row
    this.handled = handled
    this.#builders = Array.from({ length: retries }, () => new BatchBuilder())
  }

  get hasPending(): boolean {
    return this.#offsets.length > 0
  }

  get isFull(): boolean {
    if (this.#offsets.length >= COMMIT_LETTERS) return true
    return this.#builders.reduce((sum, { length }) => sum + length, 0) >= COMMIT_BYTES
  }

  /** False for one that cannot be sent back. */
  take({ offset, element, record }: OpenLetter): boolean {
    if (this.#builders.length > 0) {
      if (element === undefined) return false
      const builder = this.#builders[element.task % this.#builders.length]
      builder?.append(record.key(), record.value(), record.timestamp, record.headers())
    }
    this.#offsets.push(offset)
    return true
  }

  /** Counts what was taken as handled. */
  finish(): OffsetRanges {
    this.handled.addAll(this.#offsets)
    this.#offsets = []
    return this.handled
  }

  appends(topic: string): Parameters<Group['commit']>[0]['appends'] {
    return this.#builders.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic, partition, batch }]
    })
  }
}

/** A topic that was deleted and made anew begins again. */
function handledOf(row: InputPosition | undefined, start: number, end: number): OffsetRanges {
  if (row === undefined || row.next > end) return new OffsetRanges(start)
  const handled = OffsetRanges.decode(row.next, row.progress)
  handled.addBefore(start)
  return handled
}
