/** Order per key, from a stop with two workers to a run with one, with elements in flight between exchanges. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json } from 'sluice'
import { TestDriver } from 'sluice/testing'

const step = json({ key: 'string', n: 'number' })
const COUNT = 200

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`elements in flight are not overtaken when one worker takes over from two (seed ${seed})`, async () => {
    let settles = false
    const app = new App('order', { shards: 3 })
    const steps = app.topic('steps', { value: step, partitions: 2, keyedBy: 'key' })
    const out = app.topic('out', { value: step })
    app
      .stream(steps)
      .keyBy(s => s.key)
      .mapAsync(s => (settles || s.n % 50 < 25 ? Promise.resolve(s) : new Promise<typeof s>(() => {})), {
        concurrency: 8,
      })
      .keyBy(s => `${s.key}!`)
      .map(s => s)
      .to(out)
    const driver = new TestDriver(app, { workers: 2, seed })
    const all = Array.from({ length: COUNT }, (_, n) => ({ key: `k${n % 5}`, n }))
    await driver.feed(steps, all)
    driver.crashAt({ moment: 'afterCommit', number: 2 + seed })
    await driver.start()
    await driver.settle().catch(() => {})
    settles = true
    const next = new TestDriver(app, { broker: driver.broker, clock: driver.clock, workers: 1, seed })
    await driver.crash().catch(() => {})
    await next.drain()
    const seen = new Map<string, number>()
    const written = await next.values(out)
    for (const row of written) {
      assert.ok(row !== null)
      assert.ok(row.n > (seen.get(row.key) ?? -1), `${row.key}: ${row.n} after ${seen.get(row.key)}`)
      seen.set(row.key, row.n)
    }
    assert.equal(written.length, COUNT)
  })
}
