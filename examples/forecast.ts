/**
 * A forecast per electricity meter at the close of each hour. It costs much of a processor, so workers of a pool
 * do it, each meter in its order; a forecast that fails goes to the dead letters with its meter and its hour.
 *
 *     sluice run examples/forecast.ts
 *
 * Reads topic `power`, writes one record per meter and hour to `forecasts`.
 */
import { App, json, moduleFunction, type Stream, tumbling } from 'sluice'
import type { Forecast, Reading } from './forecast-work.ts'

const WORK = new URL('./forecast-work.ts', import.meta.url)
const forecast = moduleFunction<typeof import('./forecast-work.ts').forecast>(WORK, 'forecast')

/** What the next hour should bring, of each meter and hour. */
export function forecasts(readings: Stream<Reading>): Stream<Forecast> {
  return readings
    .eventTime(reading => reading.time, { outOfOrder: '1m' })
    .keyBy('meter')
    .window(tumbling('1h'))
    .collect()
    .scatter({ workers: 2, timeout: '30s' })
    .map(forecast, { order: 'key', capacity: 64, onError: 'deadLetter' })
    .gather()
}

const app = new App('forecast')

/** Power by meter and minute. */
export const power = app.topic('power', {
  value: json({ meter: 'string', time: 'integer', kilowatts: 'number' }),
  keyedBy: 'meter',
  partitions: 4,
})

/** What was used in an hour on average, and what comes next. */
export const results = app.topic('forecasts', {
  value: json({ meter: 'string', start: 'integer', used: 'number', next: 'number' }),
  keyedBy: 'meter',
})

forecasts(app.stream(power)).to(results)

export default app
