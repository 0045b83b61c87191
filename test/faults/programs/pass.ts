/** Passes records on through an exchange, as large as they are. */
import { App, json } from 'sluice'

const app = new App('pass')
const value = json({ id: 'number', text: 'string' })

app
  .stream(app.topic('in', { value }))
  .keyBy(record => record.id % 4)
  .map(record => record)
  .to(app.topic('out', { value }))

export default app
