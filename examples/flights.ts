/**
 * Three million real flights: departures per hour and airport, with their mean and worst delay.
 *
 *     node examples/flights.ts
 *
 * replays the flights through topic `flights` of a broker in memory, as fast as it goes, and shows the
 * hours in which airports with much traffic were worst. `sluice run examples/flights.ts` works on
 * whatever comes into that topic.
 */
import { App, type Broker, json, openBroker, Producer, runProgram, tumbling } from 'sluice'
import { type Flight, readFlights } from './flights-data.ts'

const app = new App('flights')

/** The topic of departures. */
export const flights = app.topic('flights', {
  value: json({ origin: 'string', time: 'integer', delay: 'integer' }),
  keyedBy: 'origin',
  partitions: 4,
})

/** The topic of results: one per airport and hour in which anything departed. */
export const hours = app.topic('flight-hours', {
  value: json({ origin: 'string', hour: 'integer', count: 'integer', mean: 'number', worst: 'integer' }),
  keyedBy: 'origin',
})

/** The results as a stream. */
export const results = app
  .stream(flights)
  .eventTime(flight => flight.time)
  .keyBy('origin')
  .window(tumbling('1h'))
  .aggregate({
    init: () => ({ count: 0, total: 0, worst: Number.NEGATIVE_INFINITY }),
    add: (hour, { delay }) => ({
      count: hour.count + 1,
      total: hour.total + delay,
      worst: Math.max(hour.worst, delay),
    }),
    result: ({ count, total, worst }) => ({ count, mean: total / count, worst }),
    merge: (one, other) => ({
      count: one.count + other.count,
      total: one.total + other.total,
      worst: Math.max(one.worst, other.worst),
    }),
  })
  .map(({ key, window, value }) => ({ origin: key, hour: window.start, ...value }))
results.to(hours)

export default app

/** Sends flights to the topic; gives their number. */
export async function replay(broker: Broker, source: AsyncIterable<readonly Flight[]>): Promise<number> {
  const producer = new Producer(broker, flights)
  let count = 0
  for await (const group of source) {
    for (const flight of group) await producer.send(flight, { timestamp: flight.time })
    count += group.length
  }
  await producer.close()
  return count
}

if (import.meta.main) {
  const busy = results.filter(hour => hour.count >= 30).toArray()
  const broker = await openBroker('memory:')
  console.log(`${await replay(broker, readFlights())} flights in the topic`)
  await runProgram(app, broker, { mode: 'drain' })
  const worst = busy.sort((one, other) => other.mean - one.mean).slice(0, 10)
  for (const { origin, hour, count, mean, worst: longest } of worst) {
    const when = new Date(hour).toISOString().slice(0, 16).replace('T', ' ')
    console.log(
      `${origin} ${when}: ${count} departures, ${mean.toFixed(0)} min late, at worst ${longest} min`,
    )
  }
}
