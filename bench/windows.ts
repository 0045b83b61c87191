/**
 * Windows, element by element: overlapping ones and sessions beside tumbling ones of the same elements, and
 * these beside a hand-written loop.
 */
import { collect, hopping, Stream, session, sliding, tumbling, type Windows } from 'sluice'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'

const KEYS = 50
/** Of each key, in each advance of one second. */
const PER_ADVANCE = 100
const ADVANCES = 60
const RUNS = 5

interface Reading {
  readonly sensor: string
  readonly time: number
  readonly value: number
}

/** The figures of windows. */
export async function windowFigures(): Promise<readonly Figure[]> {
  const dense = readings(PER_ADVANCE)
  const sparse = readings(1)
  const bursts = dense.map(reading => ({
    ...reading,
    time: reading.time + Math.floor(reading.time / 1000) * 1000,
  }))
  const against = (name: string, elements: readonly Reading[], windows: Windows): Promise<Figure> =>
    withControl(cpuControl, () => beside(name, elements, windows))
  return [
    await withControl(cpuControl, () => tumblingBesideLoop(dense)),
    await against(
      'windows: hopping 60 s by 1 s, 100 elements per key and advance',
      dense,
      hopping('60s', '1s'),
    ),
    await against(
      'windows: hopping 60 s by 1 s, 1 element per key and advance',
      sparse,
      hopping('60s', '1s'),
    ),
    await against('windows: sessions of 100 elements', bursts, session('500ms')),
    await against('windows: around each element, 1 s', sparse, sliding({ before: '1s' })),
    await withControl(cpuControl, () => collecting(dense)),
  ]
}

function readings(perAdvance: number): readonly Reading[] {
  const elements: Reading[] = []
  const count = ADVANCES * PER_ADVANCE
  for (let n = 0; n < count; n++) {
    for (let key = 0; key < KEYS; key++) {
      const time = Math.floor((n * 1000) / perAdvance)
      elements.push({ sensor: `s${key}`, time, value: (n * 7 + key) % 100 })
    }
  }
  return elements
}

function run(elements: readonly Reading[], windows: Windows): number {
  let results = 0
  const stream = new Stream<Reading>()
  stream
    .eventTime(reading => reading.time)
    .keyBy('sensor')
    .window(windows)
    .sum(reading => reading.value)
    .sink(() => {
      results++
    })
  for (const reading of elements) void stream.emit(reading)
  return results
}

async function beside(name: string, elements: readonly Reading[], windows: Windows): Promise<Figure> {
  const valueMs = await best(() => run(elements, windows), RUNS)
  const baselineMs = await best(() => run(elements, tumbling('1m')), RUNS)
  return {
    ...perElement(name, {
      elements: elements.length,
      valueMs,
      baselineMs,
      baselineName: 'tumbling windows of 1 min',
    }),
    more: { 'results per 1000 elements': (run(elements, windows) * 1000) / elements.length },
  }
}

async function tumblingBesideLoop(elements: readonly Reading[]): Promise<Figure> {
  return perElement('windows: tumbling 1 min, sum', {
    elements: elements.length,
    valueMs: await best(() => run(elements, tumbling('1m')), RUNS),
    baselineMs: await best(() => loop(elements), RUNS),
    baselineName: 'hand-written loop',
  })
}

/** A map per window, a sum per key, and the largest time so far. */
function loop(elements: readonly Reading[]): number {
  const open = new Map<number, Map<string, { sum: number }>>()
  let newest = Number.NEGATIVE_INFINITY
  let results = 0
  for (const { sensor, time, value } of elements) {
    const start = time - (time % 60_000)
    let sums = open.get(start)
    if (sums === undefined) {
      sums = new Map()
      open.set(start, sums)
    }
    const sum = sums.get(sensor)
    if (sum === undefined) sums.set(sensor, { sum: value })
    else sum.sum += value
    if (time <= newest) continue
    newest = time
    for (const [begin, ended] of open) {
      if (begin + 60_000 > newest) continue
      results += ended.size
      open.delete(begin)
    }
  }
  return results
}

async function collecting(elements: readonly Reading[]): Promise<Figure> {
  const collected = (): void => {
    const stream = new Stream<Reading>()
    const windows = stream
      .eventTime(reading => reading.time)
      .keyBy('sensor')
      .window(tumbling('1s'))
    windows.aggregate({ all: collect() }).sink(() => {})
    for (const reading of elements) void stream.emit(reading)
  }
  return perElement('windows: tumbling 1 s, all elements in order', {
    elements: elements.length,
    valueMs: await best(collected, RUNS),
    baselineMs: await best(() => run(elements, tumbling('1s')), RUNS),
    baselineName: 'the same, summed',
  })
}
