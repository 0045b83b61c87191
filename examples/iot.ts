/**
 * The sum per device in windows of 10 seconds, printed; from records without a key, whose time is in
 * seconds. Reads from the end of the topic: what was there before the first run is left alone.
 *
 *     sluice run examples/iot.ts
 *     node examples/simulator.ts --for 60s
 */
import { App, json, tumbling } from 'sluice'

const app = new App('iot')
const reading = json({ id: 'integer', time: 'number', value: 'integer' })

const readings = app.topic('iot', { value: reading, partitions: 4, from: 'latest' })
app
  .stream(readings)
  .eventTime(r => r.time * 1000, { outOfOrder: '1s', idleAfter: '500ms' })
  .keyBy('id')
  .window(tumbling('10s'))
  .sum(r => r.value)
  .print()

export default app
