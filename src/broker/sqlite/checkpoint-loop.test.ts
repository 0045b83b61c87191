import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ManualClock } from '../../time/index.ts'
import type { EncodedBatch } from '../record-batch.ts'
import { CHECKPOINT_MS, IDLE_MS, runCheckpoints } from './checkpoint-loop.ts'
import { SqliteBroker } from './sqlite-broker.ts'

const MEGABYTE = 1024 * 1024

test('what is committed moves into the main file, and the log is used anew', async t => {
  const { path, broker, clock } = await written(t, 0)
  const stop = startLoop(t, path, clock)
  for (let round = 0; round < 10; round++) {
    await broker.produce(megabytes(1))
    await pass(clock, CHECKPOINT_MS)
  }
  assert.equal(statSync(path).size > 10 * MEGABYTE, true)
  assert.equal(statSync(`${path}-wal`).size < 4 * MEGABYTE, true)
  await stop()
})

test('the space of what was purged is given back, all but some for reuse', async t => {
  const { path, broker, clock } = await written(t, 60)
  await broker
    .group('app')
    .commit({ inputs: [], appends: [], purges: [{ topic: 'readings', partition: 0, before: 60 }] })
  const stop = startLoop(t, path, clock)
  for (let round = 0; round < 200; round++) await pass(clock, IDLE_MS)
  assert.equal(statSync(path).size < 25 * MEGABYTE, true)
  await stop()
})

test('one loop works at a time; the next takes over when it ends', async t => {
  const { path, broker, clock } = await written(t, 1)
  const stopFirst = startLoop(t, path, clock)
  const stopSecond = startLoop(t, path, clock)
  await stopFirst()
  await broker.produce(megabytes(5))
  const before = statSync(path).size
  for (let round = 0; round < 5; round++) await pass(clock, IDLE_MS)
  assert.equal(statSync(path).size > before + 4 * MEGABYTE, true)
  await stopSecond()
})

async function written(
  t: TestContext,
  count: number,
): Promise<{ readonly path: string; readonly broker: SqliteBroker; readonly clock: ManualClock }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-checkpoint-'))
  const path = join(folder, 'broker')
  const broker = await SqliteBroker.open(`file:${path}`, { checkpoint: false })
  t.after(async () => {
    await broker.close()
    rmSync(folder, { recursive: true })
  })
  await broker.createTopic({ name: 'readings', partitions: 1, kind: 'repartition' })
  for (let done = 0; done < count; done++) await broker.produce(megabytes(1))
  return { path, broker, clock: new ManualClock() }
}

function megabytes(count: number): { topic: string; partition: number; batch: EncodedBatch }[] {
  const batch = { count: 1, maxTimestamp: 0, bytes: new Uint8Array(MEGABYTE) }
  return Array.from({ length: count }, () => ({ topic: 'readings', partition: 0, batch }))
}

function startLoop(t: TestContext, path: string, clock: ManualClock): () => Promise<void> {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const ended = runCheckpoints(path, clock, stop.signal)
  return async () => {
    stop.abort()
    await ended
  }
}

/** Lets time pass, and whoever has slept long enough do its work. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms)
  await new Promise(resolve => setImmediate(resolve))
}
