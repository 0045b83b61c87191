/** Takes its time with each record, and counts them all. */
import { App, json } from 'sluice'

const app = new App('slow')
const readings = app.topic('readings', { value: json({ value: 'number' }) })
const seen = app.topic('seen', { value: json({ value: 'number' }) })
app.stream(readings).map(work).to(seen)

function work(reading: { readonly value: number }): { value: number } {
  let rest = 100_000
  while (rest > 0) rest--
  return { value: reading.value + rest }
}

export default app
