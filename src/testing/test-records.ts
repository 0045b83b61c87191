/** Records as tests write and read them. */
import { BatchCursor, type Broker } from '../broker/index.ts'
import type { Codec, Key } from '../codec/index.ts'

/** A record to be fed. */
export interface TestRecord<T> {
  readonly value: T
  /** The topic's `keyedBy` field where not given, else none. */
  readonly key?: Key
  /** Whole epoch milliseconds; the driver's present time where not given. */
  readonly timestamp?: number
  /** By the key as Kafka's default partitioner does it where not given; without a key, partitions take turns. */
  readonly partition?: number
}

/** A record as it lies in a topic, decoded. */
export interface ReadRecord<T> {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  /** Null for a tombstone. */
  readonly value: T | null
  readonly timestamp: number
  /** Header values as text; the last one of a repeated name. */
  readonly headers: Readonly<Record<string, string>>
}

/** All records of a topic, partition by partition, by offset. */
export async function readTopic<T>(
  broker: Broker,
  topic: string,
  codec: Codec<T>,
): Promise<readonly ReadRecord<T>[]> {
  const records: ReadRecord<T>[] = []
  for (const [partition, { start }] of (await broker.partitions(topic)).entries()) {
    const reader = broker.reader(topic, partition, start)
    const cursor = new BatchCursor()
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) if (cursor.offset >= start) records.push(recordAt(cursor, partition, codec))
    }
    reader.close()
  }
  return records
}

function recordAt<T>(cursor: BatchCursor, partition: number, codec: Codec<T>): ReadRecord<T> {
  const headers: Record<string, string> = {}
  for (const [name, value] of cursor.headers()) headers[name] = Buffer.from(value ?? []).toString()
  return {
    partition,
    offset: cursor.offset,
    key: cursor.key()?.toString() ?? null,
    value: cursor.valueStart < 0 ? null : codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd),
    timestamp: cursor.timestamp,
    headers,
  }
}
