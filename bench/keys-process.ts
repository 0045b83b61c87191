/**
 * State of many keys on a broker file, in a process of its own: `fill` makes it, `touch` changes a
 * thousand keys a commit, `restore` reads it back as a starting app does, `decode` as a bare loop does.
 * Prints what it measured as JSON.
 */
import { openBroker } from 'sluice'
import { BatchCursor } from '../src/broker/index.ts'
import { msgpack } from '../src/codec/index.ts'
import { addToSum, newSum, sumFromState, sumToState } from '../src/operators/folds/exact-sum.ts'
import { type MemoryCell, type RestoredLog, restoreState, ShardState, StateLog } from '../src/state/index.ts'
import { percentile } from './measure.ts'

const [role = '', file = '', keysText = '0'] = process.argv.slice(2)
const KEYS = Number(keysText)
const TOUCHED = 1000
const COMMITS = 1500
const TOPICS = { changelog: 'changelog', snapshot: 'snapshot' }
const WIRE = { encode: sumToState, decode: (wire: unknown) => sumFromState(wire as number) }

type Sums = MemoryCell<ReturnType<typeof newSum>>

const broker = await openBroker(`file:${file}`)
const roles: Readonly<Record<string, () => Promise<unknown>>> = { fill, touch, restore, decode }
console.log(JSON.stringify(await roles[role]?.()))
await broker.close()
process.exit(0)

/** Makes a sum for each key, ten thousand a commit; gives the bytes of the file for each. */
async function fill(): Promise<{ readonly fileBytesPerKey: number }> {
  await broker.createTopic({ name: TOPICS.changelog, partitions: 1, kind: 'changelog' })
  await broker.createTopic({ name: TOPICS.snapshot, partitions: 1, kind: 'snapshot' })
  const state = new ShardState()
  const sums: Sums = state.keyed('sums', WIRE)
  const log = new StateLog(state, TOPICS, 0, { changelogNext: 0, changelogBytes: 0 })
  for (let key = 0; key < KEYS; key++) {
    add(sums, key)
    if ((key + 1) % 10_000 === 0) await commit(log)
  }
  let bytes = 0
  for (const topic of Object.values(TOPICS)) bytes += (await broker.partitions(topic))[0]?.bytes ?? 0
  return { fileBytesPerKey: bytes / KEYS }
}

/** How long commits take that change a thousand keys each, milliseconds. */
async function touch(): Promise<{ readonly p50: number; readonly p99: number; readonly mean: number }> {
  const { sums, log } = await restored()
  const took: number[] = []
  for (let round = 0; round < COMMITS; round++) {
    for (let key = 0; key < TOUCHED; key++) add(sums, (round * 7919 + key * 997) % KEYS)
    const before = performance.now()
    await commit(log)
    took.push(performance.now() - before)
  }
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length
  return { p50: percentile(took, 50), p99: percentile(took, 99), mean }
}

/** Reads state back as a starting app does. */
async function restore(): Promise<{ readonly ms: number; readonly bytesPerKey: number }> {
  const before = usedBytes()
  const start = performance.now()
  const { sums } = await restored()
  const ms = performance.now() - start
  if (sums.size !== KEYS) throw new Error(`restored ${sums.size} of ${KEYS} keys`)
  return { ms, bytesPerKey: (usedBytes() - before) / KEYS }
}

/** The least that reading the same records back can be: decode key and value, set in a Map. */
async function decode(): Promise<{ readonly ms: number }> {
  const start = performance.now()
  const codec = msgpack<unknown>()
  const map = new Map<unknown, unknown>()
  for (const topic of [TOPICS.snapshot, TOPICS.changelog]) {
    const [bounds] = await broker.partitions(topic)
    const reader = broker.reader(topic, 0, bounds?.start ?? 0)
    const cursor = new BatchCursor()
    for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
      cursor.load(batch)
      while (cursor.next()) {
        if (cursor.keyStart < 0) continue
        const address = codec.decode(cursor.bytes, cursor.keyStart, cursor.keyEnd) as readonly unknown[]
        map.set(address[2], codec.decode(cursor.bytes, cursor.valueStart, cursor.valueEnd))
      }
    }
  }
  const ms = performance.now() - start
  if (map.size !== KEYS) throw new Error(`decoded ${map.size} of ${KEYS} keys`)
  return { ms }
}

async function restored(): Promise<{ readonly sums: Sums; readonly log: StateLog }> {
  const state = new ShardState()
  const found: RestoredLog = await restoreState(broker, TOPICS, 0, state)
  const sums: Sums = state.keyed('sums', WIRE)
  return { sums, log: new StateLog(state, TOPICS, 0, found) }
}

function add(sums: Sums, key: number): void {
  const name = `sensor-${key}`
  const entry = sums.get(0, name) ?? sums.create(0, name, newSum())
  addToSum(entry.value, 1)
  sums.touch(entry)
}

async function commit(log: StateLog): Promise<void> {
  const { appends, purges } = log.prepare(0)
  log.committed(await broker.group('keys').commit({ inputs: [], appends, purges }))
}

/** What the process uses once garbage is gone. */
function usedBytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
