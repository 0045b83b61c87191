/** The embedded job: JSON readings → sums per sensor and five seconds → JSON, exactly once. */
import { App, json, tumbling } from 'sluice'
import { burn } from './burn.ts'

/** The fields of a reading, for the program and its baseline. */
export const READING = { sensor: 'string', time: 'number', value: 'number' } as const
/** The fields of a result. */
export const SUM = { sensor: 'string', start: 'number', sum: 'number' } as const

const app = new App('job')
const readings = app.topic('readings', { value: json(READING), keyedBy: 'sensor' })
const sums = app.topic('sums', { value: json(SUM) })
const read = app.stream(readings)
const costly = process.env['BENCH_BURN_US'] === undefined ? read : read.filter(burnt)
const timed = costly.eventTime(r => r.time, { outOfOrder: '1s', maxAhead: false })
const keyed = keyedAs(process.env['BENCH_REKEY'])

keyed
  .window(tumbling('5s'))
  .sum(r => r.value)
  .map(({ key, window, value }) => ({ sensor: key, start: window.start, sum: value }))
  .to(sums)

export default app

/** By the topic's own key, by a function that gives the same, or so that nine of ten readings have one key. */
function keyedAs(how: string | undefined) {
  if (how === 'hot') return timed.keyBy(r => (Math.round(r.value * 10) % 10 === 0 ? r.sensor : 'hot'))
  return how === '1' ? timed.keyBy(r => r.sensor) : timed.keyBy('sensor')
}

function burnt(): boolean {
  burn()
  return true
}
