/** Live streams through the workers of a pool: scatter → map → gather, beside `pool.run` by hand. */
import { moduleFunction, openPool, Stream } from '../src/index.ts'
import { cpuControl, type Figure, percentile, withControl } from './measure.ts'

const WORK = new URL('./pool-work.ts', import.meta.url)
const ROUND_TRIPS = 5000
const WARM_UP = 500
const SMALL = { sensor: 'attic', time: 1_767_225_600_500, value: 1 }

type Ask = () => Promise<unknown> | undefined

/** The figures of scattered streams. */
export async function scatterFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const kind of ['threads', 'processes'] as const) {
    figures.push(await withControl(cpuControl, () => roundTrip(kind)))
  }
  return figures
}

async function roundTrip(kind: 'threads' | 'processes'): Promise<Figure> {
  const echo = moduleFunction<typeof import('./pool-work.ts').echo<typeof SMALL>>(WORK, 'echo')
  const pool = openPool({ kind, workers: 1 })
  const bare = await timesOf(() => pool.run(echo, [SMALL]))
  await pool.close()
  const stream = new Stream<typeof SMALL>()
  let seen = 0
  stream
    .scatter({ kind, workers: 1 })
    .map(echo)
    .gather()
    .sink(() => seen++)
  const times = await timesOf(() => stream.emit(SMALL))
  await stream.dispose()
  if (seen !== ROUND_TRIPS + WARM_UP) throw new Error(`${seen} elements came back`)
  const [value, baseline] = [percentile(times, 50), percentile(bare, 50)]
  return {
    name: `live: scatter → map → gather on ${kind}, round trip p50`,
    unit: 'ms',
    value,
    baseline,
    baselineName: 'pool.run',
    ratio: value / baseline,
    more: { p99: percentile(times, 99), 'pool.run p99': percentile(bare, 99) },
  }
}

/** One after the other, milliseconds each. */
async function timesOf(ask: Ask): Promise<readonly number[]> {
  for (let done = 0; done < WARM_UP; done++) await ask()
  const times: number[] = []
  for (let done = 0; done < ROUND_TRIPS; done++) {
    const since = performance.now()
    await ask()
    times.push(performance.now() - since)
  }
  return times
}
