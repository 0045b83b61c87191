/**
 * Simulated devices for `iot.ts`: each sends `{ id, time, value }` once a second, without a record key.
 *
 *     node examples/simulator.ts [--sensors 3] [--for 60s] [--broker file:./.sluice] [--topic iot]
 *
 * `time` is in seconds since 1970 with fractions; `value` is a Poisson count of mean 2.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { durationMs, json, openBroker, Producer, Topic } from 'sluice'
import { poisson } from './poisson.ts'

const { values: options } = parseArgs({
  options: {
    sensors: { type: 'string', default: '3' },
    for: { type: 'string' },
    broker: { type: 'string', default: process.env['SLUICE_BROKER'] ?? 'file:./.sluice' },
    topic: { type: 'string', default: 'iot' },
  },
})
const sensors = Number(options.sensors)
const end =
  options.for === undefined ? Number.POSITIVE_INFINITY : Date.now() + durationMs(options.for, '--for')
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (stopped = true))

const broker = await openBroker(options.broker)
const reading = json({ id: 'integer', time: 'number', value: 'integer' })
const producer = new Producer(broker, new Topic(options.topic, { value: reading, partitions: 4 }))
for (let next = Date.now(); next < end && !stopped; next += 1000) {
  for (let id = 0; id < sensors; id++) await producer.send({ id, time: Date.now() / 1000, value: poisson(2) })
  await producer.flush()
  await sleep(Math.max(0, Math.min(next + 1000, end) - Date.now()))
}
await producer.close()
await broker.close()
