/** Which apps read a topic, and how far they are: what they have still to read, retention leaves. */
import type { Broker } from '../broker/index.ts'

/** An app that has a position in a topic. */
export interface TopicReader {
  readonly name: string
  /** How many offsets of all partitions it has still to read. */
  readonly lag: number
}

/** The apps that have a position in a topic, by name. */
export async function readersOf(broker: Broker, topic: string): Promise<readonly TopicReader[]> {
  const bounds = await broker.partitions(topic)
  const readers: TopicReader[] = []
  for (const name of await broker.groups()) {
    const positions = (await broker.group(name).positions()).filter(position => position.topic === topic)
    const lag = positions.reduce(
      (sum, { partition, next }) => sum + Math.max(0, (bounds[partition]?.end ?? next) - next),
      0,
    )
    if (positions.length > 0) readers.push({ name, lag })
  }
  return readers
}
