/** What the tests of faults write and expect. */
import { BatchBuilder, BatchCursor } from '../../src/broker/index.ts'
import type { Place } from '../cli/command.ts'

/** Writes values to a topic that exists, in turn to its partitions, with the machine's present. */
export async function append(place: Place, topic: string, values: readonly unknown[]): Promise<void> {
  await place.broker(async broker => {
    const partitions = (await broker.topic(topic))?.partitions ?? 1
    const builders = Array.from({ length: partitions }, () => new BatchBuilder())
    values.forEach((value, index) => {
      builders[index % partitions]?.append(null, Buffer.from(JSON.stringify(value)), Date.now())
    })
    const appends = builders.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic, partition, batch }]
    })
    await broker.produce(appends)
  })
}

/** The values of a topic, partition by partition; none while it does not exist. */
export async function valuesOf<T>(place: Place, topic: string): Promise<readonly T[]> {
  return place.broker(async broker => {
    const values: T[] = []
    if ((await broker.topic(topic)) === undefined) return values
    for (const [partition, { start }] of (await broker.partitions(topic)).entries()) {
      const reader = broker.reader(topic, partition, start)
      const cursor = new BatchCursor()
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
        cursor.load(batch)
        while (cursor.next()) values.push(JSON.parse(String(cursor.value())) as T)
      }
    }
    return values
  })
}

/** So many readings of three sensors; the value 13 comes once. */
export function readings(count: number): readonly { readonly sensor: string; readonly value: number }[] {
  return Array.from({ length: count }, (_, index) => ({
    sensor: 'abc'.charAt(index % 3),
    value: index === Math.floor(count / 2) ? 13 : index % 10,
  }))
}

/** What the program has counted, sorted. */
export async function countsOf(place: Place): Promise<readonly string[]> {
  const found = await valuesOf<{ readonly sensor: string; readonly count: number }>(place, 'counts')
  return found.map(({ sensor, count: number }) => `${sensor} ${number}`).sort(byText)
}

/** The counts of so many readings, each once, as `countsOf` gives them. */
export function expectedCounts(count: number): readonly string[] {
  const counts = [0, 1, 2].flatMap(sensor => {
    const size = Math.ceil((count - sensor) / 3)
    return Array.from({ length: size }, (_, index) => `${'abc'.charAt(sensor)} ${index + 1}`)
  })
  return counts.sort(byText)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
