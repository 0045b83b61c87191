/** Reads everything that is committed to a topic. */
import { BatchCursor, type Broker } from '../../src/broker/index.ts'

/** One record, as text. */
export interface ReadRecord {
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** The records of a topic, partition by partition; none of a topic that is not there yet. */
export async function readAll(broker: Broker, topic: string): Promise<readonly ReadRecord[]> {
  const found: ReadRecord[] = []
  if ((await broker.topic(topic)) === undefined) return found
  const cursor = new BatchCursor()
  for (const [number, { start }] of (await broker.partitions(topic)).entries()) {
    const reader = broker.reader(topic, number, start)
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) {
        const headers = cursor.headers().map(([name, bytes]) => [name, Buffer.from(bytes ?? []).toString()])
        found.push({
          value: cursor.value()?.toString() ?? '',
          headers: Object.fromEntries(headers) as Record<string, string>,
        })
      }
    }
    reader.close()
  }
  return found
}
