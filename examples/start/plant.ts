/**
 * A plant of simulated sensors that behave as real ones do: each measures once a second; some
 * readings come out of order, a few much too late; one sensor falls silent now and then, and one
 * sends rubbish.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Broker, json, Producer, string, Topic } from 'sluice'
import { poisson } from '../poisson.ts'

/** How many sensors there are. */
export const SENSORS = 50
/** The one that falls silent: 20 seconds of each minute. */
export const SILENT = 'sensor-07'
/** The one that every fifth second sends something that is no JSON. */
export const BROKEN = 'sensor-13'

const TICK_MS = 100
const SENSORS_PER_TICK = (SENSORS * TICK_MS) / 1000
const OUT_OF_ORDER_MS = 900
const MUCH_TOO_LATE_MS = 8000
const SHARE_TOO_LATE = 0.01

/** The name of a sensor, from 0. */
export function sensorName(number: number): string {
  return `sensor-${String(number + 1).padStart(2, '0')}`
}

/** Lets the sensors send to a topic until `stop` is aborted; everything sent is in the topic then. */
export async function runPlant(broker: Broker, topic: string, stop: AbortSignal): Promise<void> {
  const reading = json({ sensor: 'string', time: 'integer', value: 'integer' })
  const readings = new Producer(
    broker,
    new Topic(topic, { value: reading, keyedBy: 'sensor', partitions: 4 }),
  )
  const rubbish = new Producer(broker, new Topic(topic, { value: string(), partitions: 4 }))
  let next = Date.now()
  for (let tick = 0; !stop.aborted; tick++) {
    const first = (tick * SENSORS_PER_TICK) % SENSORS
    for (let number = first; number < first + SENSORS_PER_TICK; number++) {
      const sensor = sensorName(number)
      const now = Date.now()
      if (sensor === SILENT && Math.floor(now / 1000) % 60 >= 40) continue
      if (sensor === BROKEN && Math.floor(now / 1000) % 5 === 0) {
        await rubbish.send(`{"sensor":"${sensor}","time":${now},"value":`, { key: sensor })
        continue
      }
      const delay = Math.random() < SHARE_TOO_LATE ? MUCH_TOO_LATE_MS : Math.random() * OUT_OF_ORDER_MS
      await readings.send({ sensor, time: Math.round(now - delay), value: poisson(2) })
    }
    await rubbish.flush()
    await readings.flush()
    // a machine that slept makes up for nothing
    next = Math.max(next + TICK_MS, Date.now())
    await sleep(next - Date.now(), undefined, { signal: stop }).catch(() => {})
  }
}
