/** Which apps read a topic. */
import type { Broker } from '../broker/index.ts'

/** The names of the groups that have a position in a topic. */
export async function readersOf(broker: Broker, topic: string): Promise<readonly string[]> {
  const readers: string[] = []
  for (const name of await broker.groups()) {
    const positions = await broker.group(name).positions()
    if (positions.some(position => position.topic === topic)) readers.push(name)
  }
  return readers
}
