/** Timers of process functions, beside a Map and a sorted list: nanoseconds per timer. */
import { App, json } from 'sluice'
import { newContext } from '../src/graph/index.ts'
import { compileAlone } from './compile-alone.ts'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const TIMERS = 1_000_000
const KEYS = 1000
const RUNS = 3
/** Where time begins: behind the last timer of a round there is the next one. */
const START_MS = 1_700_000_000_000

/** The figures of timers. */
export async function timerFigures(): Promise<readonly Figure[]> {
  return [
    await withControl(cpuControl, () => pending('in order', i => i)),
    await withControl(cpuControl, () => pending('in no order', i => (i * 7919) % TIMERS)),
    await withControl(cpuControl, replaced),
  ]
}

interface Tick {
  readonly key: number
  readonly time: number
  readonly at: number
}

/** A million timers of as many keys are set, and all of them fire. */
async function pending(kind: string, at: (i: number) => number): Promise<Figure> {
  const ticks = Array.from({ length: TIMERS }, (_, i) => ({
    key: i,
    time: START_MS,
    at: START_MS + 1 + at(i),
  }))
  const valueMs = await best(() => runTimers(ticks, TIMERS), RUNS)
  const baselineMs = await best(() => byHand(ticks), RUNS)
  const baselineName = 'Map of times, sorted once'
  return perElement(`1 M timers of 1 M keys, set and fired, ${kind}`, {
    elements: TIMERS,
    valueMs,
    baselineMs,
    baselineName,
  })
}

/** Every element puts off the timer of its key. */
async function replaced(): Promise<Figure> {
  const ticks = Array.from({ length: TIMERS }, (_, i) => ({
    key: i % KEYS,
    time: START_MS + i,
    at: START_MS + i + KEYS + 1,
  }))
  const valueMs = await best(() => runTimers(ticks, KEYS), RUNS)
  const baselineMs = await best(() => byHand(ticks), RUNS)
  const baselineName = 'Map of times, sorted once'
  return perElement('a timer per key that every element replaces', {
    elements: TIMERS,
    valueMs,
    baselineMs,
    baselineName,
  })
}

function runTimers(ticks: readonly Tick[], expected: number): void {
  let fired = 0
  const app = new App('bench')
  const topic = app.topic('ticks', {
    value: json({ key: 'number', time: 'number', at: 'number' }),
    keyedBy: 'key',
  })
  app
    .stream(topic)
    .eventTime(tick => tick.time)
    .keyBy('key')
    .process('timers', {
      timers: { due: 'event' },
      onElement(tick, { timers }) {
        timers.due.set(tick.at)
      },
      onTimer() {
        fired++
      },
    })
    .peek(() => {})
  const { entrance, compiled } = compileAlone(app, topic)
  const context = newContext()
  for (const tick of ticks) entrance.push(tick, context)
  const last = { key: -1, time: START_MS + 10 * TIMERS, at: START_MS + 20 * TIMERS }
  entrance.push(last, context)
  for (const time of compiled.times) time.tell()
  if (fired < expected) throw new Error(`${fired} timers have fired of ${expected}`)
}

/** Each key has a time; at the end all are sorted, and gone through. */
function byHand(ticks: readonly Tick[]): number {
  const times = new Map<number, Tick>()
  for (const tick of ticks) times.set(tick.key, tick)
  let sum = 0
  for (const { at } of [...times.values()].toSorted((left, right) => left.at - right.at)) sum += at
  return sum
}
