/** Ten million readings need no more memory than two. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Place } from '../cli/command.ts'
import { type Shape, writeAll } from './readings.ts'
import { checkSums } from './sums.ts'
import { noMemory, SMALL_HEAP, textOf, WatchedApp } from './watched-app.ts'

const SUMS = fileURLToPath(new URL('./programs/sums.ts', import.meta.url))
const SHAPE: Shape = { keys: 10_000, perMs: 10, padding: 0 }
const READINGS = 10_000_000
const SOME = 2_000_000
/**
 * More memory may be in use after all than after some: 16 bytes for each reading in between would be more.
 * An allocator that grows to its size and stays there needs 40 to 100.
 */
const GROWTH_MB = 130

for (const workers of [1, 2]) {
  test(`ten million readings of 10,000 keys, with ${workers} workers`, { skip: noMemory }, async t => {
    const place = new Place(t)
    await place.topic('readings', 2)
    const app = await WatchedApp.open(t, place, { app: 'sums', source: 'readings' })
    await writeAll(app.broker, 'readings', SHAPE, READINGS)
    const startedAt = performance.now()
    const run = place.start(['run', SUMS, '--drain', '--workers', String(workers)], SMALL_HEAP)
    const some = await app.watch('some', 600, ({ read }) => read >= SOME)
    const all = await app.watch('all', 1800, ({ lag }) => lag === 0)
    const { code, stderr } = await run.ended
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    const [before, after] = [app.memory(0, some.at), app.memory(some.at, all.at)]
    t.diagnostic(
      `${workers} workers, ${seconds} s: the larger one had ${before.largest} MB up to ${some.read} readings, ${after.largest} MB up to all`,
    )
    assert.equal(code, 0, stderr)
    // A worker whose heap overflows dies, and would start with a small one again.
    assert.doesNotMatch(stderr, /starts again/)
    assert.ok(before.largest > 0 && after.largest <= before.largest + GROWTH_MB, textOf(all))
    const sums = await checkSums(app.broker, SHAPE, READINGS)
    t.diagnostic(`${sums} sums, each there once and right`)
  })
}
