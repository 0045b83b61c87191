/**
 * The program that the crash tests kill: sums with a late stream, means that are aggregated before the
 * exchange, and sums of sums behind a second exchange.
 */
import { App, json, tumbling } from 'sluice'

const app = new App('crash')
const readings = app.topic('readings', {
  value: json({ sensor: 'string', time: 'number', value: 'number' }),
  partitions: 3,
})
const result = json({ key: 'string', start: 'number', value: 'number' })
const sums = app.topic('sums', { value: result })
const means = app.topic('means', { value: result })
const regions = app.topic('regions', { value: result })
const late = app.topic('late', { value: json({ sensor: 'string', time: 'number', value: 'number' }) })

// No idle decisions: they may depend on the moment, and the result must not.
const timed = app
  .stream(readings)
  .eventTime(r => r.time, { outOfOrder: '2s', idleAfter: '1d', maxAhead: false })
const windows = timed.keyBy(r => r.sensor).window(tumbling('5s'))
const perSensor = windows
  .sum(r => r.value)
  .map(({ key, window, value }) => ({ key, start: window.start, value }))
perSensor.to(sums)
windows.late.to(late)

timed
  .keyBy(r => r.sensor)
  .window(tumbling('10s'))
  .mean(r => r.value)
  .map(({ key, window, value }) => ({ key, start: window.start, value }))
  .to(means)

perSensor
  .keyBy(sum => sum.key.slice(0, 1))
  .window(tumbling('20s'))
  .sum(sum => sum.value)
  .map(({ key, window, value }) => ({ key, start: window.start, value }))
  .to(regions)

export default app
