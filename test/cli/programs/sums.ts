/** Sums per sensor and five seconds. */
import { App, json, tumbling } from 'sluice'

const app = new App('sums')
const readings = app.topic('readings', {
  value: json({ sensor: 'string', time: 'integer', value: 'number' }),
})
const sums = app.topic('sums', { value: json({ sensor: 'string', start: 'integer', sum: 'number' }) })

app
  .stream(readings)
  .eventTime(reading => reading.time, { outOfOrder: '1s' })
  .keyBy('sensor')
  .window(tumbling('5s'))
  .sum(reading => reading.value)
  .map(({ key, window, value }) => ({ sensor: key, start: window.start, sum: value }))
  .to(sums)

export default app
