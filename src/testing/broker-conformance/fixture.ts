/** What the checks of the conformance suite have in common. */
import type { TestContext } from 'node:test'
import {
  type Append,
  BatchBuilder,
  BatchCursor,
  type Broker,
  type EncodedBatch,
  type InputCommit,
  type InputPosition,
} from '../../broker/index.ts'
import { type Clock, systemClock } from '../../time/index.ts'

/** An empty broker, and the ways to it. */
export interface BrokerUnderTest {
  readonly broker: Broker
  /** A second object on the same logs, as another process would have it; the same one where there is none. */
  another(): Promise<Broker>
  /** Closes the broker and opens it again. */
  reopen(): Promise<Broker>
}

/** Opens an empty broker, on the clock of the test if there is one. */
export type OpenBroker = (t: TestContext, clock?: Clock) => Promise<BrokerUnderTest>

/** A record as the tests write it. */
export interface TestRecord {
  readonly key?: string | null
  readonly value: string | null
  readonly timestamp?: number
  readonly headers?: readonly (readonly [string, string | null])[]
}

/** A batch of records; the timestamp is 0 unless given. */
export function batchOf(...records: readonly (TestRecord | string)[]): EncodedBatch {
  const builder = new BatchBuilder()
  for (const record of records) {
    const {
      key = null,
      value,
      timestamp = 0,
      headers = [],
    } = typeof record === 'string' ? { value: record } : record
    builder.append(
      bytesOf(key),
      bytesOf(value),
      timestamp,
      headers.map(([name, text]) => [name, bytesOf(text)]),
    )
  }
  const batch = builder.build()
  if (batch === undefined) throw new Error('a test batch needs a record')
  return batch
}

export function append(
  topic: string,
  partition: number,
  ...records: readonly (TestRecord | string)[]
): Append {
  return { topic, partition, batch: batchOf(...records) }
}

/** Makes a topic for people. */
export async function makeTopic(broker: Broker, name: string, partitions = 1): Promise<void> {
  await broker.createTopic({ name, partitions, kind: 'user' })
}

/** A record as the tests read it. */
export interface ReadRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: readonly (readonly [string, string | null])[]
}

/** All records from an offset to the present end. */
export function readAll(
  broker: Pick<Broker, 'reader'>,
  topic: string,
  partition = 0,
  from = 0,
): readonly ReadRecord[] {
  const reader = broker.reader(topic, partition, from)
  const cursor = new BatchCursor()
  const records: ReadRecord[] = []
  for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
    cursor.load(batch)
    while (cursor.next()) if (cursor.offset >= from) records.push(recordAt(cursor))
  }
  reader.close()
  return records
}

/** The values of all records from an offset to the present end. */
export function valuesOf(
  broker: Pick<Broker, 'reader'>,
  topic: string,
  partition = 0,
  from = 0,
): readonly (string | null)[] {
  return readAll(broker, topic, partition, from).map(record => record.value)
}

/** The commit of a claimed input that moves it to `next`. */
export function advance(claimed: InputPosition | undefined, next: number, progress = ''): InputCommit {
  if (claimed === undefined) throw new Error('the input was not claimed')
  const { step, partition, epoch, next: from } = claimed
  return { step, partition, epoch, from, next, progress: Buffer.from(progress) }
}

/** Whether a promise has settled after everything that was ready to run has run. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < 3; turn++) await systemClock.yield()
  return settled
}

function recordAt(cursor: BatchCursor): ReadRecord {
  return {
    offset: cursor.offset,
    key: textOf(cursor.key()),
    value: textOf(cursor.value()),
    timestamp: cursor.timestamp,
    headers: cursor.headers().map(([name, value]) => [name, textOf(value)]),
  }
}

function bytesOf(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text)
}

function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString()
}
