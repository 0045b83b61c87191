/** What the long tests write and expect: the n-th reading follows from n alone, so nobody has to keep millions. */
import { BatchBuilder, BatchCursor, type Broker } from '../../src/broker/index.ts'

/** How readings look. */
export interface Shape {
  readonly keys: number
  /** How many readings there are in a millisecond of event time. */
  readonly perMs: number
  /** Bytes that do nothing but weigh. */
  readonly padding: number
}

/** The event time of the first reading. */
export const START = 1_700_000_000_000
const BATCH = 1000

/** The JSON of the n-th reading: its key is `k` and n modulo the keys, so those of a key count up. */
export function readingText({ keys, perMs, padding }: Shape, n: number): string {
  const time = START + Math.floor(n / perMs)
  return `{"n":${n},"key":"k${n % keys}","time":${time},"value":${amountOf(n)},"padding":"${'x'.repeat(padding)}"}`
}

/** Writes readings, from one number up to before another, in turn to the partitions, in one transaction. */
export async function writeReadings(
  broker: Broker,
  topic: string,
  { shape, from, to }: { readonly shape: Shape; readonly from: number; readonly to: number },
): Promise<void> {
  const partitions = (await broker.topic(topic))?.partitions ?? 1
  const builders = Array.from({ length: partitions }, () => new BatchBuilder())
  for (let n = from; n < to; n++) {
    const text = Buffer.from(readingText(shape, n))
    builders[n % partitions]?.append(null, text, START + Math.floor(n / shape.perMs))
  }
  const appends = builders.flatMap((builder, partition) => {
    const batch = builder.build()
    return batch === undefined ? [] : [{ topic, partition, batch }]
  })
  if (appends.length > 0) await broker.produce(appends)
}

/** Writes so many readings as fast as it can. */
export async function writeAll(broker: Broker, topic: string, shape: Shape, count: number): Promise<void> {
  const step = BATCH * ((await broker.topic(topic))?.partitions ?? 1)
  for (let from = 0; from < count; from += step) {
    await writeReadings(broker, topic, { shape, from, to: Math.min(count, from + step) })
  }
}

/** The sum of the first `count` readings of each window and key: of window w and key k at `w * keys + k`. */
export function expectedSums({ keys, perMs }: Shape, windowMs: number, count: number): Float64Array {
  const perWindow = perMs * windowMs
  const sums = new Float64Array(Math.ceil(count / perWindow) * keys)
  for (let n = 0; n < count; n++) {
    const at = Math.floor(n / perWindow) * keys + (n % keys)
    sums[at] = (sums[at] ?? 0) + amountOf(n)
  }
  return sums
}

/** Calls `see` with every value of a topic, partition by partition, as bytes that are valid in the call. */
export async function eachRecord(
  broker: Broker,
  topic: string,
  see: (record: BatchCursor) => void,
): Promise<void> {
  const cursor = new BatchCursor()
  for (const [partition, { start }] of (await broker.partitions(topic)).entries()) {
    const reader = broker.reader(topic, partition, start)
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) see(cursor)
    }
    reader.close()
  }
}

/** Never zero, so that a sum that is missing differs from every other. */
function amountOf(n: number): number {
  return 1 + (n % 997)
}
