/** All three million flights, through a topic on disk, against plain batch code over the file. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { App, openBroker, runProgram } from 'sluice'
import app, { flights, hours, replay } from '../../examples/flights.ts'
import { readFlights } from '../../examples/flights-data.ts'
import { newFolder } from './run-example.ts'

const HOUR_MS = 3_600_000
const FLIGHTS = 3_000_000

test('count, mean and worst delay per origin and hour are those of the batch computation', async t => {
  const folder = await newFolder(t)
  const broker = await openBroker(`file:${path.join(folder, 'flights')}`)
  t.after(() => broker.close())
  assert.equal(await replay(broker, readFlights()), FLIGHTS)
  const ends = await broker.partitions(flights.name)
  assert.equal(
    ends.reduce((sum, { end }) => sum + end, 0),
    FLIGHTS,
  )
  await runProgram(app, broker, { mode: 'drain' })

  const reader = new App('reader')
  const results = reader.stream(reader.topic(hours.name, { value: hours.spec.codec })).toArray()
  await runProgram(reader, broker, { mode: 'untilCaughtUp' })

  const delays = new Map<string, number[]>()
  for await (const group of readFlights()) {
    for (const { origin, time, delay } of group) {
      const name = `${origin} ${time - (time % HOUR_MS)}`
      const known = delays.get(name)
      if (known === undefined) delays.set(name, [delay])
      else known.push(delay)
    }
  }
  assert.equal(results.length, delays.size)
  for (const { origin, hour, count, mean, worst } of results as readonly Hour[]) {
    const found = delays.get(`${origin} ${hour}`)
    assert.ok(found, `${origin} has no departures at ${hour}`)
    const total = found.reduce((sum, delay) => sum + delay, 0)
    const batch = { count: found.length, mean: total / found.length, worst: Math.max(...found) }
    assert.deepEqual({ count, mean, worst }, batch)
    delays.delete(`${origin} ${hour}`)
  }
  assert.equal(delays.size, 0)
})

interface Hour {
  readonly origin: string
  readonly hour: number
  readonly count: number
  readonly mean: number
  readonly worst: number
}
