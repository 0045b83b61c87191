/**
 * A topic as a table that any process can ask: of each key the last record that was committed.
 *
 * A view reads the topic from its beginning, once, and then what is new. Keys are compared as they are written in
 * records: `1` and `'1'` are one key. Source: Kafka Streams' `GlobalKTable`, without an app around it.
 */
import { BatchCursor, type Broker, type Reader } from '../broker/index.ts'
import { isKey, type Key, keyText } from '../codec/index.ts'
import { BrokerError, CodecError, describeValue, GraphError, messageOf, StepError } from '../errors.ts'
import { checkTopic, type Topic } from '../operators/index.ts'
import { systemClock } from '../time/index.ts'

/** So many batches are read before others have their turn. */
const BREATHE_BATCHES = 16

/**
 * Opens a view of a topic, as it is now. Throws `TOPIC_UNKNOWN` where there is no such topic.
 *
 * ```ts run
 * import { json, MemoryBroker, openView, Producer, Topic } from 'sluice'
 *
 * const broker = new MemoryBroker()
 * const prices = new Topic('prices', { value: json({ item: 'string', price: 'number' }), keyedBy: 'item', partitions: 2 })
 * const producer = new Producer(broker, prices)
 * await producer.send({ item: 'tea', price: 3 })
 * await producer.send({ item: 'tea', price: 4 })
 * await producer.flush()
 *
 * const view = await openView(broker, prices)
 * console.log(await view.get('tea'))
 * view.close()
 * ```
 *
 * ```text output
 * { item: 'tea', price: 4 }
 * ```
 */
export async function openView<T>(broker: Broker, topic: Topic<T>): Promise<View<T>> {
  checkTopic(topic, 'openView')
  if (typeof broker?.topic !== 'function') {
    throw new GraphError(
      'OPTION_INVALID',
      `openView was given ${describeValue(broker)} as its broker; expected what openBroker(…) gives, or new MemoryBroker()`,
    )
  }
  if ((await broker.topic(topic.name)) === undefined) {
    throw new BrokerError(
      'TOPIC_UNKNOWN',
      `topic "${topic.name}" does not exist on ${broker.url}: run the app that writes it, or make it with "sluice topic create ${topic.name} --partitions N"`,
    )
  }
  const view = new View(broker, topic, await broker.partitions(topic.name))
  await view.refresh()
  return view
}

/** A topic as a table in memory; made by `openView`. */
export class View<T> {
  readonly #topic: Topic<T>
  readonly #readers: readonly Reader[]
  readonly #rows = new Map<string, { readonly key: string; readonly value: T }>()
  readonly #cursor = new BatchCursor()
  #refreshing: Promise<void> = Promise.resolve()
  /** What could not be read: from then on nobody is told of rows that may be old. */
  #failure: Error | undefined
  #closed = false

  constructor(broker: Broker, topic: Topic<T>, partitions: readonly { readonly start: number }[]) {
    this.#topic = topic
    this.#readers = partitions.map(({ start }, partition) => broker.reader(topic.name, partition, start))
  }

  /** The row of a key, as of all that was committed when this was called; undefined where there is none. */
  async get(key: Key): Promise<T | undefined> {
    if (!isKey(key)) {
      throw new StepError(
        'KEY_INVALID',
        `get was given ${describeValue(key)}; expected a string, finite number, boolean, bigint or a tuple of these`,
      )
    }
    await this.refresh()
    return this.#rows.get(keyText(key))?.value
  }

  /** All keys, as text, and their rows, as of all that was committed when this was called. */
  async entries(): Promise<readonly (readonly [key: string, row: T])[]> {
    await this.refresh()
    return [...this.#rows.values()].map(({ key, value }) => [key, value] as const)
  }

  /** How many rows it holds, as of the last that was read. */
  get size(): number {
    return this.#rows.size
  }

  /** Reads what was committed since. Throws `DECODE_FAILED` for a record that cannot be read, naming its place. */
  refresh(): Promise<void> {
    if (this.#closed)
      throw new GraphError('OPTION_INVALID', `the view of topic "${this.#topic.name}" is closed`)
    // One after the other, each reads what there is when it begins; where nothing is new, that costs nothing.
    const refreshed = this.#refreshing.then(() => this.#read())
    this.#refreshing = refreshed.catch(() => {})
    return refreshed
  }

  /** Lets go of everything. */
  close(): void {
    this.#closed = true
    for (const reader of this.#readers) reader.close()
    this.#rows.clear()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #read(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      await this.#readAll()
    } catch (thrown) {
      this.#failure = thrown instanceof Error ? thrown : new CodecError('DECODE_FAILED', String(thrown))
      throw this.#failure
    }
  }

  async #readAll(): Promise<void> {
    let batches = 0
    for (const [partition, reader] of this.#readers.entries()) {
      for (let batch = reader.poll(); batch !== undefined && !this.#closed; batch = reader.poll()) {
        this.#cursor.load(batch)
        while (this.#cursor.next()) this.#apply(partition)
        if (++batches % BREATHE_BATCHES === 0) await systemClock.yield()
      }
    }
  }

  #apply(partition: number): void {
    const cursor = this.#cursor
    const key = cursor.key()?.toString()
    // What has no key is no row.
    if (key === undefined) return
    if (cursor.valueStart < 0) return void this.#rows.delete(key)
    try {
      // It is the codec of a topic of T.
      const value = this.#topic.spec.codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd) as T
      this.#rows.set(key, { key, value })
    } catch (thrown) {
      throw new CodecError(
        'DECODE_FAILED',
        `topic "${this.#topic.name}", partition ${partition}, offset ${cursor.offset}: ${messageOf(thrown)}`,
        { cause: thrown },
      )
    }
  }
}
