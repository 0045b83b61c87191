/** Prints every number that it reads. */
import { App, json } from 'sluice'

const app = new App('printing')
const numbers = app.topic('numbers', { value: json({ n: 'integer' }), partitions: 2 })
app
  .stream(numbers)
  .map(({ n }) => n)
  .print()

export default app
