/**
 * Windows of a second whose elements go to a pool at their close, per sensor in order; what goes wrong there
 * goes to the dead letters. Writes by how much the event loop of its process is delayed into a file.
 */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { App, json, moduleFunction, tumbling } from 'sluice'

const FILE = process.env['SLUICE_DELAYS'] ?? ''
const TELL_MS = 100
const RESOLUTION_MS = 2

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

/** Measures from the first window on: what starting costs is no matter of windows. */
function measure(): void {
  if (!delays.enable()) return
  setInterval(() => {
    writeFileSync(`${FILE}-${process.pid}`, `${delays.count} ${delays.percentile(99) / 1e6}\n`)
  }, TELL_MS).unref()
}

const app = new App('heavy')
const reading = json({ sensor: 'string', time: 'number', value: 'number', fate: 'string' })
const summarize = moduleFunction<typeof import('./heavy-close-work.ts').summarize>(
  new URL('./heavy-close-work.ts', import.meta.url),
  'summarize',
)
app
  .stream(app.topic('readings', { value: reading, partitions: 2, keyedBy: 'sensor' }))
  .eventTime(r => r.time, { idleAfter: '1d', maxAhead: false })
  .keyBy('sensor')
  .window(tumbling('1s'))
  .collect()
  .peek(measure)
  .scatter({ kind: 'processes', workers: 2, attempts: 1, timeout: '1s' })
  .map(summarize, { id: 'summarize', order: 'key', capacity: 64, onError: 'deadLetter' })
  .gather()
  .to(app.topic('summaries', { value: json({ sensor: 'string', start: 'number', sum: 'number' }) }))

export default app
