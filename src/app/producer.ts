/**
 * Writes records to a topic from any program, with or without an app: encoded as the topic says,
 * and put where an app that is keyed the same way expects them.
 */
import { BatchBuilder, type Broker } from '../broker/index.ts'
import { ByteWriter, isKey, type Key, keyBytes, shardOf } from '../codec/index.ts'
import { BrokerError, CodecError, describeValue, GraphError, messageOf, StepError } from '../errors.ts'
import type { Topic } from '../operators/index.ts'
import { type Clock, systemClock } from '../time/index.ts'

/** When so many bytes wait, `send` writes them to the broker before it returns. */
export const DEFAULT_BATCH_BYTES = 512_000

/** Options of a producer. */
export interface ProducerOptions {
  /** When so many bytes wait, `send` writes them to the broker before it returns; 512,000. */
  readonly batchBytes?: number
  /** Gives records their timestamps; the machine's clock by default. */
  readonly clock?: Clock
}

/** What a record is sent with, beside its value. */
export interface SendOptions {
  /** The record's key; the topic's `keyedBy` field where not given, else none. */
  readonly key?: Key
  /** Whole epoch milliseconds; now where not given. */
  readonly timestamp?: number
  /** Where not given, Kafka's default partitioner decides by the key; without a key, partitions take turns. */
  readonly partition?: number
}

/**
 * Sends values to one topic.
 *
 * `send` collects and `flush` makes durable: all of it or, when it throws, nothing of it, and then it
 * is kept for the next `flush`. A topic that is missing is made if it says how many `partitions`.
 *
 * ```ts run
 * import { json, MemoryBroker, Producer, Topic } from 'sluice'
 *
 * const broker = new MemoryBroker()
 * const clicks = new Topic('clicks', { value: json({ page: 'string' }), keyedBy: 'page', partitions: 2 })
 * const producer = new Producer(broker, clicks)
 * await producer.send({ page: '/home' })
 * await producer.send({ page: '/help' })
 * await producer.close()
 * console.log((await broker.partitions('clicks')).map(partition => partition.end))
 * ```
 *
 * ```text output
 * [ 1, 1 ]
 * ```
 */
export class Producer<T> {
  readonly #broker: Broker
  readonly #topic: Topic<T>
  readonly #clock: Clock
  readonly #batchBytes: number
  readonly #value = new ByteWriter()
  /** One for each partition; what was built but could not be written yet waits in `#unwritten`. */
  #builders: readonly BatchBuilder[] | undefined
  #opening: Promise<readonly BatchBuilder[]> | undefined
  #unwritten: Parameters<Broker['produce']>[0] = []
  #flushing: Promise<void> = Promise.resolve()
  #waitingBytes = 0
  #turn = 0
  #closed = false

  constructor(broker: Broker, topic: Topic<T>, options: ProducerOptions = {}) {
    this.#broker = broker
    this.#topic = topic
    this.#clock = options.clock ?? systemClock
    this.#batchBytes = options.batchBytes ?? DEFAULT_BATCH_BYTES
  }

  /**
   * Takes a record; it is durable after the next `flush` or `close`. Await it: it waits for the
   * broker when much has been collected. Throws `CodecError` for a value that the topic's codec
   * refuses, and `StepError` for one without the field by which the topic is keyed.
   */
  async send(value: T, options: SendOptions = {}): Promise<void> {
    const key = options.key ?? this.#keyOf(value)
    await this.#append(key, options, (builder, bytes, timestamp) => {
      this.#encode(value)
      builder.appendWritten(bytes, this.#value, timestamp)
    })
  }

  /** Writes a record without a value, a tombstone: in a table of the topic the key has no row any more. */
  async remove(key: Key, options: Omit<SendOptions, 'key'> = {}): Promise<void> {
    if (!isKey(key)) {
      throw new StepError(
        'KEY_INVALID',
        `remove was given ${describeValue(key)}; expected a string, finite number, boolean, bigint or a tuple of these`,
      )
    }
    await this.#append(key, options, (builder, bytes, timestamp) => builder.append(bytes, null, timestamp))
  }

  /** Writes everything sent so far, in one transaction; it is durable when this resolves. */
  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#write())
    this.#flushing = flushed.catch(() => {})
    return flushed
  }

  /** Writes what is left. The broker stays open. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  get #name(): string {
    return `topic "${this.#topic.name}"`
  }

  async #append(
    key: Key | undefined,
    options: SendOptions,
    append: (builder: BatchBuilder, key: Uint8Array | null, timestamp: number) => void,
  ): Promise<void> {
    if (this.#closed) throw new GraphError('OPTION_INVALID', `the producer of ${this.#name} is closed`)
    const builders = this.#builders ?? (await this.#open())
    const bytes = key === undefined ? null : keyBytes(key)
    const timestamp = this.#checkTimestamp(options.timestamp ?? this.#clock.now())
    const builder = builders[options.partition ?? this.#partitionOf(bytes, builders.length)]
    if (builder === undefined) throw this.#noPartition(options.partition, builders.length)
    const before = builder.length
    append(builder, bytes, timestamp)
    this.#waitingBytes += builder.length - before
    if (this.#waitingBytes >= this.#batchBytes) await this.flush()
  }

  async #write(): Promise<void> {
    const built = (this.#builders ?? []).flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: this.#topic.name, partition, batch }]
    })
    this.#waitingBytes = 0
    this.#unwritten = [...this.#unwritten, ...built]
    if (this.#unwritten.length === 0) return
    await this.#broker.produce(this.#unwritten)
    this.#unwritten = []
  }

  #open(): Promise<readonly BatchBuilder[]> {
    this.#opening ??= this.#makeBuilders().catch((thrown: unknown) => {
      this.#opening = undefined
      throw thrown
    })
    return this.#opening
  }

  async #makeBuilders(): Promise<readonly BatchBuilder[]> {
    const { name, spec } = this.#topic
    if (spec.partitions !== undefined && (await this.#broker.topic(name)) === undefined) {
      await this.#broker.createTopic({ name, partitions: spec.partitions, kind: 'user', ...spec.rules })
    }
    const topic = await this.#broker.topic(name)
    if (topic === undefined) {
      throw new BrokerError(
        'TOPIC_UNKNOWN',
        `${this.#name} does not exist on ${this.#broker.url}; make it with "sluice topic create ${name} --partitions N", or give the topic { partitions }`,
      )
    }
    this.#builders = Array.from({ length: topic.partitions }, () => new BatchBuilder())
    return this.#builders
  }

  #keyOf(value: T): Key | undefined {
    const { keyedBy } = this.#topic.spec
    if (keyedBy === undefined) return undefined
    const key: unknown = (value as Readonly<Record<string, unknown>>)[keyedBy]
    if (isKey(key)) return key
    throw new StepError(
      'KEY_INVALID',
      `field "${keyedBy}", by which ${this.#name} is keyed, is ${describeValue(key)}; expected a string, finite number, boolean or bigint`,
    )
  }

  #partitionOf(key: Uint8Array | null, partitions: number): number {
    return key === null ? this.#turn++ % partitions : shardOf(key, partitions)
  }

  #encode(value: T): void {
    this.#value.clear()
    try {
      this.#topic.spec.codec.encode(value, this.#value)
    } catch (thrown) {
      const message = `${this.#name}: ${messageOf(thrown)}`
      throw thrown instanceof CodecError
        ? new CodecError('ENCODE_FAILED', message, { cause: thrown })
        : new CodecError('ENCODE_FAILED', `${message}, in its codec`, { cause: thrown })
    }
  }

  #checkTimestamp(timestamp: number): number {
    if (Number.isSafeInteger(timestamp)) return timestamp
    throw new GraphError(
      'OPTION_INVALID',
      `${this.#name}: timestamp is ${describeValue(timestamp)}; expected whole epoch milliseconds`,
    )
  }

  #noPartition(partition: number | undefined, partitions: number): GraphError {
    return new GraphError(
      'OPTION_INVALID',
      `${this.#name}: partition is ${partition}; expected 0 to ${partitions - 1}`,
    )
  }
}
