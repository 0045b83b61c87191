/**
 * One role of the latency figure, in a process of its own: `produce`, `app`, `read` or `bare`, on a
 * broker file, for some milliseconds. Prints what it saw as JSON.
 *
 * Moments are `process.hrtime`, the machine's monotonic clock, which all processes share.
 */
import { DatabaseSync } from 'node:sqlite'
import { json, openBroker, runProgram } from 'sluice'
import { BatchBuilder, BatchCursor, type Broker, type Group } from '../src/broker/index.ts'
import { shardOfKey } from '../src/codec/index.ts'
import { PARTITIONS } from './job-data.ts'
import { latencyProgram, OUT_OF_ORDER_MS, WINDOW_MS } from './latency-program.ts'

/** What the app's commits were, for the bare ones. */
export interface CommitSizes {
  readonly commits: number
  readonly bytes: number
}

/** Events per second, and how often they are written. */
export const RATE = 50_000
const WRITE_EVERY_MS = 2
const SENSORS = 1000

const [role = '', file = '', forMs = '0', bytes = '0', everyMs = '0'] = process.argv.slice(2)
const roles: Readonly<Record<string, () => Promise<unknown>>> = { produce, app: run, read, bare }
console.log(JSON.stringify(await roles[role]?.()))
process.exit(0)

/** When the record that passes the end of each window was durable, by partition and start. */
async function produce(): Promise<Record<string, number>> {
  const broker = await openBroker(`file:${file}`)
  const passed: Record<string, number> = {}
  const watermarks: number[] = Array.from({ length: PARTITIONS }, () => Number.NEGATIVE_INFINITY)
  const begin = performance.now()
  let sent = 0
  while (performance.now() - begin < Number(forMs)) {
    const due = Math.floor(((performance.now() - begin) / 1000) * RATE)
    const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder())
    const time = Date.now()
    for (; sent < due; sent++) {
      const sensor = `sensor-${sent % SENSORS}`
      const value = Buffer.from(JSON.stringify({ sensor, time, value: (sent % 1000) / 10 }))
      builders[shardOfKey(sensor, PARTITIONS)]?.append(Buffer.from(sensor), value, time)
    }
    const appends = builders.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
    })
    await broker.produce(appends)
    const durable = now()
    for (const { partition } of appends) {
      const before = watermarks[partition] ?? 0
      const after = time - OUT_OF_ORDER_MS - 1
      const start = Math.floor((after + 1) / WINDOW_MS - 1) * WINDOW_MS
      if (Number.isFinite(before) && start + WINDOW_MS - 1 > before) passed[`${partition} ${start}`] = durable
      watermarks[partition] = after
    }
    await sleep(WRITE_EVERY_MS)
  }
  await broker.close()
  return passed
}

async function run(): Promise<CommitSizes> {
  const broker = await openBroker(`file:${file}`)
  const sizes = { commits: 0, bytes: 0 }
  const stop = AbortSignal.timeout(Number(forMs))
  await runProgram(latencyProgram(), weighing(broker, sizes), { signal: stop })
  await broker.close()
  return sizes
}

/** The same broker, which adds up what is committed. */
function weighing(broker: Broker, sizes: { commits: number; bytes: number }): Broker {
  const weigh = (group: Group): Group =>
    new Proxy(group, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...args: unknown[]): unknown => {
          if (name === 'commit') {
            const [{ inputs, appends }] = args as Parameters<Group['commit']>
            sizes.commits++
            for (const { batch } of appends) sizes.bytes += batch.bytes.length
            for (const { progress } of inputs) sizes.bytes += progress.length
          }
          return (member as (...args: unknown[]) => unknown).apply(target, args)
        }
      },
    })
  return new Proxy(broker, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (name === 'group') return (id: string) => weigh(target.group(id))
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}

/** When the results of each window could be read, by partition and start: the last moment for each. */
async function read(): Promise<Record<string, number>> {
  const broker = await openBroker(`file:${file}`)
  const codec = json({ sensor: 'string', start: 'number', sum: 'number' })
  const stop = AbortSignal.timeout(Number(forMs))
  const seen: Record<string, number> = {}
  const cursor = new BatchCursor()
  while ((await broker.topic('sums')) === undefined && !stop.aborted) await sleep(50)
  const readers = Array.from({ length: PARTITIONS }, (_, partition) => broker.reader('sums', partition, 0))
  while (!stop.aborted) {
    for (const [partition, reader] of readers.entries()) {
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
        const moment = now()
        cursor.load(batch)
        while (cursor.next()) {
          const { start } = codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd)
          seen[`${partition} ${start}`] = moment
        }
      }
    }
    await broker.news(stop)
  }
  await broker.close()
  return seen
}

/** How long bare commits of this size take, one every so often: milliseconds each. */
async function bare(): Promise<readonly number[]> {
  const database = new DatabaseSync(`${file}-bare`)
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE log (bytes BLOB)')
  const insert = database.prepare('INSERT INTO log VALUES (?)')
  const block = Buffer.alloc(Number(bytes), 1)
  const took: number[] = []
  const begin = performance.now()
  while (performance.now() - begin < Number(forMs)) {
    const before = performance.now()
    database.exec('BEGIN IMMEDIATE')
    insert.run(block)
    database.exec('COMMIT')
    took.push(performance.now() - before)
    await sleep(Number(everyMs))
  }
  database.close()
  return took
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
