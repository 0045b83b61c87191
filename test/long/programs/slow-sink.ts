/** Hands each reading to something slow, 8 at a time and `SINK_MS` each, behind an exchange that keeps the order of a key. */
import { setTimeout as wait } from 'node:timers/promises'
import { App, json } from 'sluice'

const sinkMs = Number(process.env['SINK_MS'] ?? 0)
const app = new App('slow-sink')
const reading = json({ n: 'number', key: 'string', padding: 'string' })

app
  .stream(app.topic('readings', { value: reading }))
  .keyBy(r => r.key)
  .mapAsync(handOver, { concurrency: 8 })
  .to(app.topic('handed-over', { value: json({ n: 'number', key: 'string' }) }))

export default app

async function handOver({ n, key }: { readonly n: number; readonly key: string }) {
  if (sinkMs > 0) await wait(sinkMs)
  return { n, key }
}
