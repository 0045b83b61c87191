/** Forecasts at the close of hours, by workers of a pool. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestDriver } from 'sluice/testing'
import app, { power, results } from '../../examples/forecast.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

test('each meter gets a forecast for each hour, in order, that goes on with its trend', async () => {
  const driver = new TestDriver(app)
  const readings = Array.from({ length: 120 }, (_, minute) => [
    { meter: 'rising', time: minute * MINUTE_MS, kilowatts: 1 + minute / 50 },
    { meter: 'even', time: minute * MINUTE_MS, kilowatts: 2 },
  ])
  await driver.feed(power, readings.flat())
  await driver.drain()

  const forecasts = await driver.values(results)
  const of = (meter: string) => forecasts.filter(each => each?.meter === meter)
  assert.deepEqual(of('even'), [
    { meter: 'even', start: 0, used: 2, next: 2 },
    { meter: 'even', start: HOUR_MS, used: 2, next: 2 },
  ])
  assert.deepEqual(of('rising'), [
    { meter: 'rising', start: 0, used: 1.59, next: 2.2 },
    { meter: 'rising', start: HOUR_MS, used: 2.79, next: 3.4 },
  ])
})
