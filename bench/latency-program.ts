/** Sums per sensor and 200 ms of event time, for measuring how soon a closed window can be read. */
import { App, json, tumbling } from 'sluice'

export const WINDOW_MS = 200
export const OUT_OF_ORDER_MS = 20

/** The program; its topics are read and written by other processes. */
export function latencyProgram(): App {
  const app = new App('latency')
  const readings = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number', value: 'number' }),
    keyedBy: 'sensor',
  })
  const sums = app.topic('sums', { value: json({ sensor: 'string', start: 'number', sum: 'number' }) })
  app
    .stream(readings)
    .eventTime(r => r.time, { outOfOrder: OUT_OF_ORDER_MS })
    .keyBy('sensor')
    .window(tumbling(WINDOW_MS))
    .sum(r => r.value)
    .map(({ key, window, value }) => ({ sensor: key, start: window.start, sum: value }))
    .to(sums)
  return app
}
