/**
 * Sums per key and window behind an exchange that every reading passes, as late ones are wanted too.
 * `LOOKUP_MS` makes each reading wait for a look-up that takes so long, 64 at a time.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { App, json, tumbling } from 'sluice'

const lookUpMs = Number(process.env['LOOKUP_MS'] ?? 0)
const app = new App('sums')
const reading = json({ key: 'string', time: 'number', value: 'number' })
const timed = app
  .stream(app.topic('readings', { value: reading }))
  .eventTime(r => r.time, { outOfOrder: '1s', idleAfter: '1d', maxAhead: false })
const windows = (lookUpMs > 0 ? timed.mapAsync(lookUp, { concurrency: 64 }) : timed)
  .keyBy(r => r.key)
  .window(tumbling('10s'))
windows
  .sum(r => r.value)
  .map(({ key, window, value }) => ({ key, start: window.start, sum: value }))
  .to(app.topic('sums', { value: json({ key: 'string', start: 'number', sum: 'number' }) }))
windows.late.to(app.topic('late', { value: reading }))

export default app

async function lookUp<T>(value: T): Promise<T> {
  await wait(lookUpMs)
  return value
}
