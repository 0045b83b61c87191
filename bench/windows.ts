/**
 * Windows, element by element: overlapping ones and sessions beside tumbling ones of the same elements, and
 * these beside a hand-written loop.
 */
import v8 from 'node:v8'
import vm from 'node:vm'
import {
  App,
  collect,
  hopping,
  json,
  MemoryBroker,
  Producer,
  runProgram,
  Stream,
  session,
  sliding,
  tumbling,
  type Windows,
} from 'sluice'
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
    ...(await stateFigures()),
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

const STATE_KEYS = 100_000

/** What an open window of one key takes: in memory beside a Map of sums, and in the changelog. */
async function stateFigures(): Promise<readonly Figure[]> {
  const kinds: Readonly<Record<string, Windows>> = {
    tumbling: tumbling('1m'),
    hopping: hopping('1m', '1s'),
    session: session('1m'),
    sliding: sliding({ before: '1m' }),
  }
  const bare = heapOf(() => new Map(keyNames().map(key => [key, { sum: 1 }])))
  const figures: Figure[] = []
  for (const [name, windows] of Object.entries(kinds)) {
    const value = heapOf(() => {
      const stream = new Stream<Reading>()
      stream
        .eventTime(r => r.time)
        .keyBy('sensor')
        .window(windows)
        .sum(r => r.value)
        .sink(() => {})
      for (const sensor of keyNames()) void stream.emit({ sensor, time: 0, value: 1 })
      return stream
    })
    figures.push({
      name: `windows: memory of a key in an open window, ${name}`,
      unit: 'bytes',
      value: value / STATE_KEYS,
      baseline: bare / STATE_KEYS,
      baselineName: 'a Map of sums',
      ratio: value / bare,
      more: { 'bytes in the changelog': await changelogBytes(windows) },
    })
  }
  return figures
}

function keyNames(): readonly string[] {
  return Array.from({ length: STATE_KEYS }, (_, number) => `sensor-${number}`)
}

/** V8's own, which is not there unless it is asked for. */
function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc')
  const gc = vm.runInNewContext('gc') as () => void
  gc()
}

/** How much more of the heap is in use while what `make` made is there. */
function heapOf(make: () => unknown): number {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const made = make()
  collectGarbage()
  const used = process.memoryUsage().heapUsed - before
  if (made === undefined) throw new Error('nothing was made')
  return used
}

async function changelogBytes(windows: Windows): Promise<number> {
  const app = new App('state')
  const value = json({ sensor: 'string', time: 'number', value: 'number' })
  const readings = app.topic('readings', { value, partitions: 1 })
  app
    .stream(readings)
    .eventTime(r => r.time, { maxAhead: false })
    .keyBy('sensor')
    .window(windows)
    .sum(r => r.value)
    .print()
  const broker = new MemoryBroker()
  const producer = new Producer(broker, readings)
  for (const sensor of keyNames()) await producer.send({ sensor, time: 0, value: 1 })
  await producer.close()
  await runProgram(app, broker, { mode: 'untilCaughtUp' })
  let bytes = 0
  for (const { name } of await broker.topics()) {
    if (!name.includes('changelog')) continue
    for (const partition of await broker.partitions(name)) bytes += partition.bytes
  }
  return bytes / STATE_KEYS
}
