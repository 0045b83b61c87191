/** Makes a hundred thousand elements of each record, and counts them per key behind an exchange. */
import { App, json } from 'sluice'

const EACH = 100_000

const app = new App('expand')
const counts = app.topic('counts', { value: json({ key: 'number', count: 'number' }) })

app
  .stream(app.topic('seeds', { value: json({ seed: 'number' }) }))
  .flatMap(({ seed }) => Array.from({ length: EACH }, (_, i) => ({ key: (seed + i) % 10 })))
  .keyBy(element => element.key)
  .running()
  .count()
  .filter(({ value }) => value % EACH === 0)
  .map(({ key, value }) => ({ key, count: value }))
  .to(counts)

export default app
