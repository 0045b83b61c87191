/** What the child processes of the broker tests do: the first argument names the program. */
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { type Broker, openBroker } from '../../src/broker/index.ts'
import { append, batchOf, makeTopic } from '../../src/testing/broker-conformance/fixture.ts'
import { COMPACTED_KEYS } from './compacted-keys.ts'

const programs: Readonly<Record<string, (url: string, parameter: string) => Promise<void>>> = {
  produce,
  holdLease,
  commitPairs,
  stayInsideTransaction,
  openOnDemand,
  writeAndLeave,
  fillDisk,
  writeCompacted,
}

const [, , name = '', url = '', parameter = ''] = process.argv
const program = programs[name]
if (program === undefined) throw new Error(`no program "${name}"`)
await program(url, parameter)

/** Produces 200 times two batches each, to partitions 0 and 1. */
async function produce(on: string, who: string): Promise<void> {
  const broker = await openBroker(on)
  for (let round = 0; round < 200; round++) {
    const values = [0, 1, 2].map(index => `${who} ${round * 3 + index}`)
    await broker.produce([0, 1].map(partition => append('readings', partition, ...values)))
  }
  await broker.close()
  process.disconnect()
}

async function holdLease(on: string, group: string): Promise<void> {
  const broker = await openBroker(on)
  await broker.acquireLease(group)
  tell('held')
  await once(process, 'message')
}

/** Commits the same value to two partitions together with the position, until it is killed. */
async function commitPairs(on: string): Promise<void> {
  const broker = await openBroker(on)
  const group = broker.group('app')
  const [claimed] = await group.claim([{ step: 'in', partition: 0, initial: 0 }])
  if (claimed === undefined) throw new Error('nothing was claimed')
  for (let from = claimed.next; ; from++) {
    const inputs = [{ ...claimed, from, next: from + 1 }]
    await group.commit({ inputs, appends: [0, 1].map(p => append('readings', p, `${from}`)), purges: [] })
    tell(from)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Stands in the middle of a transaction that has written to every table, until it is killed. */
async function stayInsideTransaction(on: string): Promise<void> {
  const database = new DatabaseSync(on.slice('file:'.length))
  // spills dirty pages into the write-ahead log before the commit
  database.exec('PRAGMA cache_size = 2; BEGIN IMMEDIATE')
  database.exec("UPDATE partitions SET end_offset = end_offset + 1; UPDATE topics SET kind = 'snapshot'")
  const insert = database.prepare('INSERT INTO batches VALUES (1, ?, 1, 0, 0, 0, ?)')
  for (let offset = 0; offset < 50; offset++) insert.run(offset, new Uint8Array(100_000))
  tell('inside')
  await once(process, 'message')
}

/** Opens and closes the file named by each message. */
async function openOnDemand(): Promise<void> {
  tell('ready')
  for (;;) {
    const messages: unknown[] = await once(process, 'message')
    const broker = await openBroker(`file:${String(messages[0])}`)
    await makeTopic(broker, 'readings', 2)
    await broker.produce([append('readings', 0, String(process.pid))])
    await broker.close()
    tell('done')
  }
}

/** Writes so much that there is a checkpoint thread, closes nothing, and runs out of things to do. */
async function writeAndLeave(on: string): Promise<void> {
  const broker = await openBroker(on)
  await makeTopic(broker, 'readings', 2)
  for (let round = 0; round < 100; round++) await broker.produce([append('readings', 0, 'x'.repeat(50_000))])
  tell('written')
  process.disconnect()
}

/** Produces until the file may not grow any more, and then the same again when told that it may. */
async function fillDisk(on: string): Promise<void> {
  // the signal would end the process instead of failing the write
  process.on('SIGXFSZ', () => {})
  const broker = await openBroker(on)
  const [written, code] = await produceUntilRefused(broker)
  tell([written, code])
  await once(process, 'message')
  await broker.produce([append('readings', 0, 'retried')])
  await broker.close()
  process.disconnect()
}

async function produceUntilRefused(broker: Broker): Promise<readonly [number, unknown]> {
  const batch = batchOf('x'.repeat(100_000))
  for (let written = 0; ; written++) {
    try {
      await broker.produce([{ topic: 'readings', partition: 0, batch }])
    } catch (thrown) {
      const { code, retryable } = thrown as { code?: unknown; retryable?: unknown }
      return [written, [code, retryable]]
    }
  }
}

/** Writes the same keys over and over, a few records per batch, so often or until it is killed. */
async function writeCompacted(on: string, times: string): Promise<void> {
  const broker = await openBroker(on)
  const padding = 'x'.repeat(400)
  let next = 0
  for (let time = 0; time < Number(times === '' ? Number.POSITIVE_INFINITY : times); time++) {
    const records = Array.from({ length: 1 + (time % 7) }, () => {
      next++
      return { key: `key ${next % COMPACTED_KEYS}`, value: `${process.pid} ${next} ${padding}` }
    })
    await broker.produce([append('readings', 0, ...records)])
    tell(next)
    await new Promise(resolve => setImmediate(resolve))
  }
  await broker.close()
  process.disconnect()
}

function tell(message: unknown): void {
  process.send?.(message)
}
