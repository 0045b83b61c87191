/** Compiled pipelines without a broker, beside hand-written loops: nanoseconds per element. */
import { App, json, tumbling } from 'sluice'
import { newContext } from '../src/graph/index.ts'
import { addToSum, newSum, sumOf } from '../src/operators/folds/exact-sum.ts'
import { compileAlone } from './compile-alone.ts'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const ELEMENTS = 2_000_000
const KEYS = 1000
const WINDOW_MS = 60_000

/** The figures of compiled pipelines. */
export async function pipelineFigures(): Promise<readonly Figure[]> {
  return [
    await withControl(cpuControl, () => keyedWindow('integers', i => i % 100)),
    await withControl(cpuControl, () => keyedWindow('decimals', i => (i % 1000) / 10)),
  ]
}

interface Reading {
  readonly sensor: string
  readonly time: number
  readonly value: number
  readonly unit: string
  readonly place: string
  readonly quality: number
}

/** eventTime → keyBy → tumbling sum over objects of six fields. */
async function keyedWindow(kind: 'integers' | 'decimals', numberOf: (i: number) => number): Promise<Figure> {
  const readings: Reading[] = Array.from({ length: ELEMENTS / 4 }, (_, i) => ({
    sensor: `sensor-${i % KEYS}`,
    time: 1_700_000_000_000 + i * 2,
    value: numberOf(i),
    unit: 'C',
    place: 'hall',
    quality: i % 3,
  }))
  const valueMs = await best(() => runCompiled(readings))
  const baselineMs = await best(() => runByHand(readings, kind === 'decimals'))
  const name = `keyed ${WINDOW_MS / 1000} s window sum, six fields, ${kind}`
  const baselineName = kind === 'decimals' ? 'loop with a Map and the same exact sum' : 'loop with a Map'
  return perElement(name, { elements: readings.length, valueMs, baselineMs, baselineName })
}

function runCompiled(readings: readonly Reading[]): void {
  const app = new App('bench')
  const topic = app.topic('readings', {
    value: json({ sensor: 'string', time: 'number', value: 'number' }),
    keyedBy: 'sensor',
  })
  app
    .stream(topic)
    .eventTime(r => r.time)
    .keyBy('sensor')
    .window(tumbling(WINDOW_MS))
    .sum(r => r.value)
    .peek(() => {})
  const { entrance } = compileAlone(app, topic)
  const context = newContext()
  for (let i = 0; i < readings.length; i++) entrance.push(readings[i], context)
}

function runByHand(readings: readonly Reading[], exact: boolean): number {
  let results = 0
  let start = Number.NEGATIVE_INFINITY
  const plain = new Map<string, number>()
  const sums = new Map<string, ReturnType<typeof newSum>>()
  for (let i = 0; i < readings.length; i++) {
    const { sensor, time, value } = readings[i] as Reading
    const window = time - (time % WINDOW_MS)
    if (window !== start) {
      for (const sum of plain.values()) results += sum
      for (const sum of sums.values()) results += sumOf(sum)
      plain.clear()
      sums.clear()
      start = window
    }
    if (!exact) {
      plain.set(sensor, (plain.get(sensor) ?? 0) + value)
      continue
    }
    let sum = sums.get(sensor)
    if (sum === undefined) {
      sum = newSum()
      sums.set(sensor, sum)
    }
    addToSum(sum, value)
  }
  return results
}
