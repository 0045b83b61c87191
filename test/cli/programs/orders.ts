/** Sums per customer, in three steps of which two fail for some orders while BROKEN is set. */
import { App, json, tumbling } from 'sluice'

const isBroken = process.env['BROKEN'] !== undefined
const app = new App('orders', { onError: 'deadLetter' })
const orders = app.topic('orders', {
  value: json({ id: 'integer', customer: 'string', amount: isBroken ? 'integer' : 'number' }),
})
const sums = app.topic('sums', { value: json({ customer: 'string', sum: 'number' }) })

app
  .stream(orders)
  .map(check, { id: 'check' })
  .keyBy('customer')
  .window(tumbling('1d'))
  .sum(order => price(order), { id: 'sum' })
  .map(({ key, value }) => ({ customer: key, sum: value }))
  .to(sums)

function check(order: { readonly id: number; readonly customer: string; readonly amount: number }) {
  if (isBroken && order.id % 5 === 0) throw new RangeError(`order ${order.id} is odd`)
  return order
}

function price({ id, amount }: { readonly id: number; readonly amount: number }): number {
  if (isBroken && id % 5 === 1) throw new TypeError(`no price for "${id}"`)
  return amount
}

export default app
