/** Calls a slow service for every order, and says in a file which calls it makes: in order by key, and in none. */
import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { App, type ElementOrder, json, type KeyedStream } from 'sluice'

/** What is called for. */
interface Order {
  readonly id: number
  readonly key: string
}

const FILE = process.env['SLUICE_CALLS'] ?? ''
const MAX_MS = 12

const app = new App('calls')
const order = json({ id: 'number', key: 'string' })
const orders = app.stream(app.topic('orders', { value: order, partitions: 2 })).keyBy('key')

/** The same order takes another time after a restart. */
async function call(kind: ElementOrder, { id, key }: Order): Promise<Order> {
  appendFileSync(FILE, `${kind} ${id}\n`)
  await wait(Math.random() * MAX_MS)
  return { id, key }
}

function branch(stream: KeyedStream<string, Order>, kind: ElementOrder): void {
  stream
    .mapAsync(value => call(kind, value), { id: kind, order: kind, concurrency: 6, capacity: 30 })
    .to(app.topic(`by-${kind}`, { value: order }))
}

branch(orders, 'key')
branch(orders, 'none')

export default app
