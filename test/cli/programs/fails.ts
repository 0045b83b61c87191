/** Cannot bear a thirteen. */
import { App, json } from 'sluice'

const app = new App('fails')
const readings = app.topic('readings', { value: json({ value: 'number' }) })
app.stream(readings).map(check).print()

function check(reading: { readonly value: number }): number {
  if (reading.value === 13) throw new RangeError('thirteen is not for me')
  return reading.value
}

export default app
