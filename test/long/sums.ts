/** Compares what the program of sums has written with what it must have written. */
import assert from 'node:assert/strict'
import type { Broker } from '../../src/broker/index.ts'
import { eachRecord, expectedSums, type Shape, START } from './readings.ts'

const WINDOW_MS = 10_000

/** Checks that every sum of the first `count` readings is there, once and right, and nothing else; gives their number. */
export async function checkSums(broker: Broker, shape: Shape, count: number): Promise<number> {
  const wanted = expectedSums(shape, WINDOW_MS, count)
  const seen = new Uint8Array(wanted.length)
  // Windows are aligned to the epoch, as the first reading is.
  assert.equal(START % WINDOW_MS, 0)
  await eachRecord(broker, 'sums', record => {
    const row = JSON.parse(String(record.value())) as { key: string; start: number; sum: number }
    const at = ((row.start - START) / WINDOW_MS) * shape.keys + Number(row.key.slice(1))
    assert.equal(seen[at], 0, `${row.key} at ${row.start} is there twice`)
    seen[at] = 1
    assert.equal(row.sum, wanted[at], `${row.key} at ${row.start}`)
  })
  const results = seen.reduce((sum, each) => sum + each, 0)
  assert.equal(results, wanted.filter(sum => sum > 0).length, 'sums are missing')
  assert.equal((await broker.topic('late')) === undefined ? 0 : await sizeOf(broker, 'late'), 0)
  return results
}

async function sizeOf(broker: Broker, topic: string): Promise<number> {
  return (await broker.partitions(topic)).reduce((sum, { end }) => sum + end, 0)
}
