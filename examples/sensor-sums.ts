/**
 * Sums per sensor in windows of 5 seconds, with a second's patience for what comes out of order.
 *
 *     sluice run examples/sensor-sums.ts
 *
 * Reads topic `readings`, made with 4 partitions if it is missing. Writes one record per sensor and
 * window to `sums`, readings that came too late to `late`, and what cannot be read to the dead letters.
 */
import { App, json, tumbling } from 'sluice'

const app = new App('sensor-sums')
const reading = json({ sensor: 'string', time: 'number', value: 'number' })
const readings = app.topic('readings', {
  value: reading,
  keyedBy: 'sensor',
  partitions: 4,
  onError: 'deadLetter',
})

const windows = app
  .stream(readings)
  .eventTime(r => r.time, { outOfOrder: '1s', idleAfter: '500ms' })
  .keyBy('sensor')
  .window(tumbling('5s'))
windows
  .sum(r => r.value)
  .map(({ key, window, value }) => ({ sensor: key, start: window.start, sum: value }))
  .to(app.topic('sums', { value: json({ sensor: 'string', start: 'number', sum: 'number' }) }))
windows.late.to(app.topic('late', { value: reading }))

export default app
