/**
 * The average per id of a file, running along while it is read and ended by the file's end.
 *
 *     sluice topic create measurements --partitions 4
 *     sluice topic write measurements FILE --key id
 *     sluice run examples/bounded-average.ts --drain
 *
 * FILE holds lines such as `{"id":"a","value":1.5}`. Each line replaces its id's average in topic
 * `averages`; the last one is the average over the file, to the last bit, as sums are exact.
 */
import { App, json } from 'sluice'

const app = new App('bounded-average')
const measurement = json({ id: 'string', value: 'number' })
const average = json({ id: 'string', average: 'number' })

app
  .stream(app.topic('measurements', { value: measurement, keyedBy: 'id' }))
  .keyBy('id')
  .running()
  .mean(m => m.value)
  .map(({ key, value }) => ({ id: key, average: value }))
  .to(app.topic('averages', { value: average, keyedBy: 'id' }))

export default app
