/** The input of the embedded job: readings of about 63 bytes in a file, partitioned by their sensor. */
import { openBroker } from 'sluice'
import { BatchBuilder } from '../src/broker/index.ts'
import { shardOfKey } from '../src/codec/index.ts'

export const PARTITIONS = 4
const SENSORS = 1000
const BATCH = 1000

/** Writes `events` readings to a new file; closing it checkpoints everything into that one file. */
export async function writeReadings(file: string, events: number): Promise<void> {
  const broker = await openBroker(`file:${file}`)
  await broker.createTopic({ name: 'readings', partitions: PARTITIONS, kind: 'user' })
  const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder())
  const write = async (partition: number): Promise<void> => {
    const batch = builders[partition]?.build()
    if (batch !== undefined) await broker.produce([{ topic: 'readings', partition, batch }])
  }
  for (let i = 0; i < events; i++) {
    const sensor = `sensor-${i % SENSORS}`
    const time = 1_700_000_000_000 + Math.floor(i / 10)
    const partition = shardOfKey(sensor, PARTITIONS)
    const value = JSON.stringify({ sensor, time, value: (i % 1000) / 10 })
    builders[partition]?.append(Buffer.from(sensor), Buffer.from(value), time)
    if ((builders[partition]?.count ?? 0) >= BATCH) await write(partition)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) await write(partition)
  await broker.close()
}
