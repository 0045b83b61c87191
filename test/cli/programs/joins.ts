/** Joins two topics by time. */
import { App, json } from 'sluice'

const app = new App('joins')
const value = json({ id: 'string', time: 'number' })
const [orders, payments] = ['orders', 'payments'].map(name =>
  app
    .stream(app.topic(name, { value, keyedBy: 'id' }))
    .eventTime(event => event.time)
    .keyBy('id'),
)
if (orders !== undefined && payments !== undefined) {
  orders.join(payments, { within: { after: '15m' }, how: 'left' }).print()
}

export default app
