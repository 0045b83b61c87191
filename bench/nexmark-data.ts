/** The events of the Nexmark benchmark: line n in partition n modulo 4 of a broker file, and how it is made. */
import { type Broker, openBroker } from 'sluice'
import { EVENTS, PARTITIONS } from '../examples/nexmark/events.ts'
import { generate, type Line } from '../examples/nexmark/generate.ts'
import { BatchBuilder } from '../src/broker/index.ts'

/** So many arrive in a second of event time: a million are ten windows of ten seconds. */
const PER_SECOND = 10_000
const BATCH = 500

/** The events of the benchmark. */
export function benchEvents(events: number): Iterable<Line> {
  const segments = [['2025-06-15T23:59:20Z', events]] as const
  return generate({ seed: 1, events, perSecond: PER_SECOND, boundMs: 4000, segments })
}

/** Writes events to a new file; closing it checkpoints everything into that one file. */
export async function writeEventsFile(file: string, events: Iterable<Line>): Promise<void> {
  const broker = await openBroker(`file:${file}`)
  await writeEvents(broker, events)
  await broker.close()
}

/** Makes the topic of events, and writes them to it. */
export async function writeEvents(broker: Broker, events: Iterable<Line>): Promise<void> {
  await broker.createTopic({ name: EVENTS, partitions: PARTITIONS, kind: 'user' })
  const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder())
  const write = async (): Promise<void> => {
    const appends = builders.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: EVENTS, partition, batch }]
    })
    await broker.produce(appends)
  }
  let number = 0
  for (const event of events) {
    const bytes = Buffer.from(JSON.stringify(event))
    builders[number % PARTITIONS]?.append(null, bytes, event.dateTime)
    if (++number % (BATCH * PARTITIONS) === 0) await write()
  }
  await write()
}
