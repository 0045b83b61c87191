/** Bursts after silences: records written together count together, whoever reads them first. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, json, tumbling } from 'sluice'
import { TestDriver } from 'sluice/testing'

const reading = json({ sensor: 'string', time: 'number' })
const BURSTS = 8
const PER_BURST = 40

for (const workers of [1, 2, 3]) {
  for (const seed of [1, 2, 3]) {
    test(`nothing is late in bursts after silences, with ${workers} workers and seed ${seed}`, async () => {
      const app = new App('bursts', { shards: 3 })
      const readings = app.topic('readings', { value: reading, partitions: 3 })
      const counts = app.topic('counts', { value: json({ count: 'number' }) })
      app
        .stream(readings)
        .eventTime(r => r.time, { idleAfter: '300ms', maxAhead: false })
        .keyBy(r => r.sensor)
        .window(tumbling('1s'))
        .count()
        .map(({ value }) => ({ count: value }))
        .to(counts)
      const driver = new TestDriver(app, { workers, seed })
      await driver.feed(readings, [])
      await driver.start()
      for (let burst = 0; burst < BURSTS; burst++) {
        const records = Array.from({ length: PER_BURST }, (_, i) => ({
          value: { sensor: `s${i % 5}`, time: burst * 10_000 + i * 100 },
          partition: i % 3,
        }))
        await driver.feedRecords(readings, records)
        await driver.settle()
        await driver.advance('1s')
      }
      await driver.stop()
      await driver.drain()
      assert.deepEqual(
        driver.events.filter(event => event.type === 'late'),
        [],
      )
      const counted = (await driver.values(counts)).reduce((sum, row) => sum + (row?.count ?? 0), 0)
      assert.equal(counted, BURSTS * PER_BURST)
    })
  }
}
