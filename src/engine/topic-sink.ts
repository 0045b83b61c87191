/** Writes elements to a topic: encoded here, so that what cannot be encoded is that record's error. */
import { type Append, BatchBuilder, type EncodedBatch } from '../broker/index.ts'
import { ByteWriter, isKey, keyBytes, shardOf } from '../codec/index.ts'
import { describeValue, StepError } from '../errors.ts'
import type { Context, TopicSpec, TopicTarget } from '../graph/index.ts'
import type { FailureHandler } from './failure.ts'
import type { Operator } from './operator.ts'
import type { Counters } from './scope.ts'

/** A batch beyond this size is closed, and another one begun. */
const BATCH_BYTES = 512_000

/** The end of a pipeline at a topic. */
export class TopicSink implements Operator {
  readonly #topic: TopicSpec
  readonly #ofTable: boolean
  readonly #task: number
  readonly #failures: FailureHandler
  readonly #counters: Counters
  readonly #partitions: readonly { readonly builder: BatchBuilder; batches: EncodedBatch[] }[]
  readonly #value = new ByteWriter()
  #pending = 0

  constructor(
    { topic, ofTable }: TopicTarget,
    { partitions, task }: { readonly partitions: number; readonly task: number },
    failures: FailureHandler,
    counters: Counters,
  ) {
    this.#topic = topic
    this.#ofTable = ofTable === true
    this.#task = task
    this.#failures = failures
    this.#counters = counters
    this.#partitions = Array.from({ length: partitions }, () => ({
      builder: new BatchBuilder(),
      batches: [],
    }))
  }

  push(value: unknown, context: Context): void {
    const isRemoval = this.#ofTable && value === null
    let key: Uint8Array | null
    try {
      key = this.#keyBytes(value, context)
      this.#value.clear()
      if (!isRemoval) this.#topic.codec.encode(value, this.#value)
    } catch (thrown) {
      return this.#failures.handle(thrown, value, context)
    }
    const count = this.#partitions.length
    const partition = this.#partitions[key === null ? this.#task % count : shardOf(key, count)]
    if (partition === undefined) return
    if (isRemoval) partition.builder.append(key, null, context.timestamp)
    else partition.builder.appendWritten(key, this.#value, context.timestamp)
    this.#pending++
    if (partition.builder.length < BATCH_BYTES) return
    const batch = partition.builder.build()
    if (batch !== undefined) partition.batches.push(batch)
  }

  advance(): void {
    // A topic has no use for watermarks.
  }

  /** Whether there are records that others wait for. */
  get hasPending(): boolean {
    return this.#pending > 0
  }

  /** The bytes since the last flush. */
  get pendingBytes(): number {
    let bytes = 0
    for (const { builder, batches } of this.#partitions) {
      bytes += builder.length
      for (const batch of batches) bytes += batch.bytes.length
    }
    return bytes
  }

  /** Everything since the last flush. */
  flush(): readonly Append[] {
    if (this.#pending === 0) return []
    this.#counters.written += this.#pending
    this.#pending = 0
    const appends: Append[] = []
    this.#partitions.forEach((partition, number) => {
      const last = partition.builder.build()
      if (last !== undefined) partition.batches.push(last)
      for (const batch of partition.batches)
        appends.push({ topic: this.#topic.name, partition: number, batch })
      partition.batches = []
    })
    return appends
  }

  #keyBytes(value: unknown, context: Context): Uint8Array | null {
    const { keyedBy } = this.#topic
    if (this.#ofTable) return this.#rowKeyBytes(value, context)
    if (keyedBy === undefined) return context.key === undefined ? null : keyBytes(context.key)
    const key: unknown = (value as Readonly<Record<string, unknown>>)[keyedBy]
    if (isKey(key)) return keyBytes(key)
    throw new StepError(
      'KEY_INVALID',
      `field "${keyedBy}", by which topic "${this.#topic.name}" is keyed, is ${describeValue(key)}; expected a string, finite number, boolean or bigint`,
    )
  }

  /** A row and its removal need the same key: that of the table, which a field of the row may repeat. */
  #rowKeyBytes(value: unknown, { key }: Context): Uint8Array | null {
    const { keyedBy, name } = this.#topic
    const own: unknown =
      keyedBy === undefined || value === null ? key : (value as Readonly<Record<string, unknown>>)[keyedBy]
    if (key === undefined || own !== key) {
      throw new StepError(
        'KEY_INVALID',
        `field "${keyedBy}", by which topic "${name}" is keyed, is ${describeValue(own)} in the row of key ${describeValue(key)}: a table is written under its own keys; leave out keyedBy, or key the table by that field`,
      )
    }
    return keyBytes(key)
  }
}
