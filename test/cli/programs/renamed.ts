/** Counts and windows per sensor, behind an exchange; the ids of steps begin with the variable `STEPS`. */
import { App, json, tumbling } from 'sluice'

const prefix = process.env['STEPS'] ?? 'old'
const app = new App('renamed')
const readings = app.topic('readings', {
  value: json({ sensor: 'string', time: 'integer', value: 'number' }),
})
const counts = app.topic('counts', { value: json({ key: 'string', at: 'integer', value: 'number' }) })

const keyed = app
  .stream(readings, { id: `${prefix}-readings` })
  .eventTime(reading => reading.time, { outOfOrder: '1s', id: `${prefix}-time` })
  .keyBy(reading => reading.sensor, { id: `${prefix}-key` })
keyed
  .running()
  .count({ id: `${prefix}-count` })
  .map(({ key, value }) => ({ key, at: -1, value }))
  .to(counts)
keyed
  .window(tumbling('5s'))
  .sum(reading => reading.value, { id: `${prefix}-sum` })
  .map(({ key, window, value }) => ({ key, at: window.start, value }))
  .to(counts)

export default app
