/**
 * Counts readings per sensor behind an exchange, with a step that `FAULT` makes misbehave at the reading
 * of value 13: `spin` never returns, `heap` eats memory, `exit` ends the process; `sometimes` throws now and
 * then at any reading.
 */
import { App, json } from 'sluice'

const fault = process.env['FAULT']
const app = new App('faulty')
const reading = json({ sensor: 'string', value: 'number' })
const counts = app.topic('counts', { value: json({ sensor: 'string', count: 'number' }) })

app
  .stream(app.topic('readings', { value: reading }))
  .map(misbehave, fault === 'sometimes' ? { onError: { retry: { attempts: 20, backOff: 1 } } } : {})
  .keyBy(r => r.sensor)
  .running()
  .count()
  .map(({ key, value }) => ({ sensor: key, count: value }))
  .to(counts)

export default app

interface Reading {
  readonly sensor: string
  readonly value: number
}

const eaten: unknown[] = []

function misbehave(reading: Reading): Reading {
  if (fault === 'sometimes' && Math.random() < 0.3) throw new Error('not this time')
  if (reading.value !== 13) return reading
  if (fault === 'exit') process.exit(3)
  if (fault === 'spin') {
    process.stderr.write('spinning\n')
    for (;;);
  }
  // A little with each reading, so that the loop goes round and can say what is coming.
  if (fault === 'heap') eaten.push(Array.from({ length: 5000 }, (_, i) => ({ i })))
  return reading
}
