/**
 * How long it takes from the moment when a window is due, as its watermark has been reached or could have
 * been, until its result is there: when traffic stops, when a partition never had anything, and after a
 * backlog was read.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { App, type EventTimeOptions, json, tumbling } from '../../src/index.ts'
import { TestDriver } from '../../src/testing/index.ts'

const reading = json({ sensor: 'string', time: 'number' })

function programOf(options: EventTimeOptions, partitions = 4) {
  const app = new App('due')
  const readings = app.topic('readings', { value: reading, partitions })
  const windows = app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: '1s', idleAfter: '2s', maxAhead: false, ...options })
    .keyBy(r => r.sensor)
    .window(tumbling('5s'))
  const counts = windows.count().toArray()
  const late = windows.late.toArray()
  return { app, readings, counts, late }
}

for (const workers of [1, 2]) {
  test(`${workers} workers: traffic stops: what the furthest partition has passed comes once all are idle`, async () => {
    const { app, readings, counts } = programOf({})
    const driver = new TestDriver(app, { workers })
    await driver.start()
    const times = [1000, 2000, 9000, 3000]
    for (const [partition, time] of times.entries()) {
      await driver.feedRecords(readings, [{ value: { sensor: 'a', time }, partition }])
    }
    await driver.settle()
    assert.equal(counts.length, 0)
    await driver.advance('1900ms')
    assert.equal(counts.length, 0)
    await driver.advance('400ms')
    assert.deepEqual(
      counts.map(({ window, value }) => [window.start, value]),
      [[0, 3]],
    )
    await driver.advance('10m')
    assert.equal(counts.length, 1, 'the last window waits for something to come')
    await driver.stop()
  })

  test(`${workers} workers: traffic stops: with whenIdle 'advance' the last window closes too, and what comes for it is late`, async () => {
    const { app, readings, counts, late } = programOf({ whenIdle: 'advance' })
    const driver = new TestDriver(app, { workers })
    await driver.start()
    await driver.feedRecords(readings, [{ value: { sensor: 'a', time: 1000 }, partition: 2 }])
    await driver.settle()
    // The window is due when 6 s of event time have gone by, which idle partitions notice in steps of 2 s.
    await driver.advance('4s')
    assert.equal(counts.length, 0)
    await driver.advance('2500ms')
    assert.deepEqual(
      counts.map(({ window, value }) => [window.start, value]),
      [[0, 1]],
    )
    await driver.feedRecords(readings, [{ value: { sensor: 'a', time: 4000 }, partition: 2 }])
    await driver.settle()
    assert.deepEqual(late, [{ sensor: 'a', time: 4000 }])
    await driver.crash()
    await driver.start()
    await driver.feedRecords(readings, [{ value: { sensor: 'a', time: 4500 }, partition: 2 }])
    await driver.settle()
    assert.equal(late.length, 2)
    assert.equal(counts.length, 1)
    await driver.stop()
  })

  test(`${workers} workers: a partition that never had anything holds up results until it is idle, and never again`, async () => {
    const { app, readings, counts } = programOf({})
    const driver = new TestDriver(app, { workers })
    await driver.start()
    const feed = async (time: number): Promise<void> => {
      for (const partition of [0, 1, 2]) {
        await driver.feedRecords(readings, [{ value: { sensor: 'a', time }, partition }])
      }
      await driver.settle()
    }
    await feed(1000)
    await driver.advance('1s')
    await feed(7000)
    assert.equal(counts.length, 0)
    await driver.advance('1500ms')
    await feed(8000)
    await driver.advance('200ms')
    assert.equal(counts.length, 1)
    // From now on results come with what passes their windows, apart from the time that a mark may take.
    await feed(12_000)
    await driver.advance('150ms')
    assert.equal(counts.length, 2)
    await driver.stop()
  })

  test(`${workers} workers: after a backlog, results come as soon as it is read`, async () => {
    const { app, readings, counts } = programOf({}, 2)
    const driver = new TestDriver(app, { workers })
    for (let time = 0; time < 60_000; time += 100) {
      const records = [0, 1].map(partition => ({ value: { sensor: 'a', time }, partition }))
      await driver.feedRecords(readings, records)
    }
    await driver.start()
    await driver.advance('150ms')
    assert.equal(counts.length, 11)
    await driver.stop()
  })
}
