/** Counts readings by their own time and by that of the clock. */
import { App, json, tumbling } from 'sluice'

const app = new App('times')
const readings = app.topic('readings', { value: json({ sensor: 'string', time: 'number' }) })
const count = json({ sensor: 'string', start: 'number', count: 'number' })
const stream = app.stream(readings)

stream
  .eventTime(r => r.time, { idleAfter: '1d' })
  .keyBy('sensor')
  .window(tumbling('1s'))
  .count()
  .map(({ key, window, value }) => ({ sensor: key, start: window.start, count: value }))
  .to(app.topic('byEvent', { value: count }))

stream
  .processingTime()
  .keyBy('sensor')
  .window(tumbling('200ms'))
  .count()
  .map(({ key, window, value }) => ({ sensor: key, start: window.start, count: value }))
  .to(app.topic('byClock', { value: count }))

export default app
