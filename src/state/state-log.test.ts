import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BatchBuilder, MemoryBroker } from '../broker/index.ts'
import { ByteWriter, msgpack } from '../codec/index.ts'
import type { ValueCell } from './cells.ts'
import type { MemoryCell } from './memory-cell.ts'
import { ShardState } from './shard-state.ts'
import { restoreState, SNAPSHOT_CHUNK_BYTES, StateLog } from './state-log.ts'

const TOPICS = { changelog: 'sum.changelog', snapshot: 'sum.snapshot' }
const SHARD = 1
const WIRE = { encode: (value: string) => value, decode: (wire: unknown) => wire as string }
const COUNT_WIRE = { encode: (value: number) => value, decode: (wire: unknown) => wire as number }

/** One owner of a shard's state, from its restore to its crash. */
interface Owner {
  readonly cell: MemoryCell<string>
  readonly count: ValueCell<number>
  readonly log: StateLog
}

async function newBroker(): Promise<MemoryBroker> {
  const broker = new MemoryBroker()
  await broker.createTopic({ name: TOPICS.changelog, partitions: 2, kind: 'changelog' })
  await broker.createTopic({ name: TOPICS.snapshot, partitions: 2, kind: 'snapshot' })
  return broker
}

async function open(broker: MemoryBroker, snapshotAfterBytes?: number): Promise<Owner> {
  const state = new ShardState()
  const restored = await restoreState(broker, TOPICS, SHARD, state)
  const cell = state.keyed('entries', WIRE)
  const count = state.value('count', COUNT_WIRE, 0)
  return { cell, count, log: new StateLog(state, TOPICS, SHARD, restored, snapshotAfterBytes) }
}

async function commit(broker: MemoryBroker, { log }: Owner): Promise<void> {
  const { appends, purges } = log.prepare(0)
  log.committed(await broker.group('app').commit({ inputs: [], appends, purges }))
}

function put({ cell, count }: Owner, key: string, value: string): void {
  const entry = cell.get(0, key)
  if (entry === undefined) cell.create(0, key, value)
  else {
    entry.value = value
    cell.touch(entry)
  }
  count.set(count.get() + 1)
}

function contentOf({ cell, count }: Owner): unknown {
  const entries = [...cell.namespaces()].flatMap(namespace =>
    [...cell.entries(namespace)].map(({ key, value }) => `${String(namespace)}/${String(key)}=${value}`),
  )
  return { entries: entries.sort(), count: count.get() }
}

async function boundsOf(broker: MemoryBroker, topic: string): Promise<{ start: number; end: number }> {
  const partition = (await broker.partitions(topic))[SHARD]
  return { start: partition?.start ?? -1, end: partition?.end ?? -1 }
}

test('state that was committed is there again, state that was not is gone', async () => {
  const broker = await newBroker()
  const owner = await open(broker)
  put(owner, 'a', 'committed')
  await commit(broker, owner)
  put(owner, 'a', 'lost')
  put(owner, 'b', 'lost')
  assert.deepEqual(contentOf(await open(broker)), { entries: ['0/a=committed'], count: 1 })
})

test('a cell that is opened late still gets what was restored for it', async () => {
  const broker = await newBroker()
  const owner = await open(broker)
  put(owner, 'a', 'here')
  await commit(broker, owner)
  const state = new ShardState()
  await restoreState(broker, TOPICS, SHARD, state)
  assert.equal(state.size, 0)
  assert.equal(state.keyed('entries', WIRE).get(0, 'a')?.value, 'here')
})

test('without a change nothing is written', async () => {
  const broker = await newBroker()
  const { log } = await open(broker)
  assert.deepEqual(log.prepare(0), { appends: [], purges: [] })
})

test('the other shard is left alone', async () => {
  const broker = await newBroker()
  const owner = await open(broker)
  put(owner, 'a', 'x')
  await commit(broker, owner)
  assert.equal((await broker.partitions(TOPICS.changelog))[0]?.end, 0)
})

test('a snapshot cuts the changelog, and the older snapshot goes with the commit after the newer one’s end', async () => {
  const broker = await newBroker()
  const owner = await open(broker, 100)
  for (let round = 0; round < 60; round++) {
    put(owner, `key ${round % 5}`, 'x'.repeat(40))
    await commit(broker, owner)
  }
  const changelog = await boundsOf(broker, TOPICS.changelog)
  const snapshot = await boundsOf(broker, TOPICS.snapshot)
  assert.ok(changelog.start > 80 && changelog.end === 120, `the changelog holds ${JSON.stringify(changelog)}`)
  assert.ok(
    snapshot.start > 0 && snapshot.end - snapshot.start <= 2 * 8,
    `snapshots: ${JSON.stringify(snapshot)}`,
  )
  assert.deepEqual(contentOf(await open(broker)), contentOf(owner))
})

/** Fills a state so large that its snapshot takes several commits. */
async function largeState(broker: MemoryBroker): Promise<Owner> {
  const owner = await open(broker, 1000)
  put(owner, 'first', 'small')
  await commit(broker, owner)
  for (let i = 0; i < 60; i++) put(owner, `key ${i}`, 'x'.repeat(SNAPSHOT_CHUNK_BYTES / 20))
  await commit(broker, owner)
  return owner
}

test('a snapshot of several chunks goes on while the state changes', async () => {
  const broker = await newBroker()
  const owner = await largeState(broker)
  for (let i = 0; i < 6; i++) {
    put(owner, `key ${i}`, `changed ${i}`)
    put(owner, `new ${i}`, 'made meanwhile')
    const gone = owner.cell.get(0, `key ${40 + i}`)
    if (gone !== undefined) owner.cell.delete(gone)
    await commit(broker, owner)
    assert.deepEqual(contentOf(await open(broker)), contentOf(owner))
  }
  assert.ok((await boundsOf(broker, TOPICS.changelog)).start > 0, 'the snapshot was finished')
})

test('a crash in the middle of a snapshot leaves the state readable, and the next owner snapshots again', async () => {
  const broker = await newBroker()
  const owner = await largeState(broker)
  const inTheMiddle = await boundsOf(broker, TOPICS.snapshot)
  assert.ok(inTheMiddle.end > 0 && (await boundsOf(broker, TOPICS.changelog)).start === 0)
  const next = await open(broker, 1000)
  assert.deepEqual(contentOf(next), contentOf(owner))
  for (let i = 0; i < 8; i++) {
    put(next, 'after', `${i}`)
    await commit(broker, next)
  }
  assert.ok((await boundsOf(broker, TOPICS.changelog)).start > 0, 'the second snapshot was finished')
  assert.ok((await boundsOf(broker, TOPICS.snapshot)).start >= inTheMiddle.end, 'the broken one is purged')
  assert.deepEqual(contentOf(await open(broker)), contentOf(next))
})

test('a changelog that was cut beyond the last snapshot is an error, not lost state', async () => {
  const broker = await newBroker()
  const owner = await open(broker)
  put(owner, 'a', 'x')
  await commit(broker, owner)
  put(owner, 'b', 'x')
  await commit(broker, owner)
  const purge = { topic: TOPICS.changelog, partition: SHARD, before: 2 }
  await broker.group('app').commit({ inputs: [], appends: [], purges: [purge] })
  await assert.rejects(open(broker), {
    code: 'STATE_CORRUPT',
    message: /begins at offset 2, but the last complete snapshot needs it from 0/,
  })
})

test('a marker of a snapshot that is none is an error that names its offset', async () => {
  const broker = await newBroker()
  const markers: readonly unknown[] = [null, 7, { kind: 'middle', changelogFrom: 0 }, { kind: 'end' }]
  const builder = new BatchBuilder()
  for (const marker of markers) {
    const value = new ByteWriter()
    msgpack().encode(marker, value)
    builder.appendWritten(null, value, 0)
    const batch = builder.build() ?? assert.fail('nothing was built')
    const [offset] = await broker.produce([{ topic: TOPICS.snapshot, partition: SHARD, batch }])
    const message = `offset ${offset} of the snapshot is not a marker`
    await assert.rejects(open(broker), { code: 'STATE_CORRUPT', message })
    const purges = [{ topic: TOPICS.snapshot, partition: SHARD, before: (offset ?? 0) + 1 }]
    await broker.group('app').commit({ inputs: [], appends: [], purges })
  }
})

test('whatever happens between commits and crashes, the state is that of the last commit', async () => {
  const operation = fc.record({
    kind: fc.constantFrom('put', 'put', 'put', 'delete', 'drop', 'commit', 'commit', 'crash'),
    namespace: fc.nat(2),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    size: fc.nat(60),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async operations => {
      const broker = await newBroker()
      let owner = await open(broker, 150)
      let committed = contentOf(owner)
      for (const { kind, namespace, key, size } of operations) {
        const entry = owner.cell.get(namespace, key)
        if (kind === 'drop') owner.cell.drop(namespace)
        else if (kind === 'delete' && entry !== undefined) owner.cell.delete(entry)
        else if (kind === 'put' && entry === undefined) owner.cell.create(namespace, key, 'v'.repeat(size))
        else if (kind === 'put' && entry !== undefined) {
          entry.value = 'w'.repeat(size)
          owner.cell.touch(entry)
        } else if (kind === 'commit') {
          await commit(broker, owner)
          committed = contentOf(owner)
        } else if (kind === 'crash') {
          owner = await open(broker, 150)
          assert.deepEqual(contentOf(owner), committed)
        }
      }
      assert.deepEqual(contentOf(await open(broker)), committed)
    }),
    { numRuns: 150 },
  )
})
