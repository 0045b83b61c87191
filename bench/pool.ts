/** Pools beside threads and processes by hand: the way there and back, and what a second worker brings. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { moduleFunction, openPool } from '../src/index.ts'
import { best, cpuControl, type Figure, percentile, withControl } from './measure.ts'
import type { Bare } from './pool-bare.ts'
import { spin } from './pool-work.ts'

const WORK = new URL('./pool-work.ts', import.meta.url)
const BARE = new URL('./pool-bare.ts', import.meta.url)
const ROUND_TRIPS = 5000
const WARM_UP = 500
const SPINS = 60
/** The shortest of so many counts, as the machine has others to serve: all four in turn. */
const ROUNDS = 5
const SPIN_MS = 10
/** First so many on each worker, until it has started and its code is compiled. */
const FIRST_SPINS = 10
const SMALL = { sensor: 'attic', time: 1_767_225_600_500, value: 1 }

type Kind = 'threads' | 'processes'
type Ask = () => Promise<unknown>

/** The figures of pools. */
export async function poolFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const kind of ['threads', 'processes'] as const) {
    figures.push(await withControl(cpuControl, () => roundTrip(kind)))
  }
  const rounds = await roundsOf(SPIN_MS)
  for (const kind of ['threads', 'processes'] as const) {
    figures.push(await withControl(cpuControl, () => speedUp(kind, rounds)))
  }
  return figures
}

async function roundTrip(kind: Kind): Promise<Figure> {
  const pool = openPool({ kind, workers: 1 })
  const echo = moduleFunction<typeof import('./pool-work.ts').echo<typeof SMALL>>(WORK, 'echo')
  const startedAt = performance.now()
  await pool.run(echo, [SMALL])
  const startMs = performance.now() - startedAt
  const times = await timesOf(() => pool.run(echo, [SMALL]))
  await pool.close()
  const bare = kind === 'threads' ? bareThread({ kind: 'echo' }) : bareProcess()
  const bareTimes = await timesOf(bare.ask)
  await bare.close()
  const [value, baseline] = [percentile(times, 50), percentile(bareTimes, 50)]
  return {
    name: `${kind}: there and back, a small object, p50`,
    unit: 'ms',
    value,
    baseline,
    baselineName: kind === 'threads' ? 'bare postMessage' : 'bare process.send',
    ratio: value / baseline,
    more: { p99: percentile(times, 99), 'bare p99': percentile(bareTimes, 99), 'first call': startMs },
  }
}

/** How much quicker two workers are than one, beside two bare threads, which are as quick as the machine allows. */
async function speedUp(kind: Kind, rounds: number): Promise<Figure> {
  const most = Number.POSITIVE_INFINITY
  let [one, two, bareOne, bareTwo] = [most, most, most, most]
  for (let round = 0; round < ROUNDS; round++) {
    one = Math.min(one, await poolMs(kind, 1, rounds))
    two = Math.min(two, await poolMs(kind, 2, rounds))
    bareOne = Math.min(bareOne, await bareMs(1, rounds))
    bareTwo = Math.min(bareTwo, await bareMs(2, rounds))
  }
  const [value, baseline] = [one / two, bareOne / bareTwo]
  return {
    name: `${kind}: two workers, ${SPIN_MS} ms a call`,
    unit: 'times one',
    value,
    baseline,
    baselineName: 'two bare threads',
    ratio: value / baseline,
    more: { 'ms a call on one worker': one / SPINS, 'on a bare thread': bareOne / SPINS },
  }
}

async function poolMs(kind: Kind, workers: number, rounds: number): Promise<number> {
  const pool = openPool({ kind, workers })
  const fn = moduleFunction<typeof spin>(WORK, 'spin')
  const run = (): Promise<unknown> => pool.run(fn, [rounds])
  await Promise.all(Array.from({ length: workers * FIRST_SPINS }, run))
  const ms = await elapsed(() => Promise.all(Array.from({ length: SPINS }, run)))
  await pool.close()
  return ms
}

async function bareMs(count: number, rounds: number): Promise<number> {
  const threads = Array.from({ length: count }, () => bareThread({ kind: 'spin', rounds }))
  const share = (spins: number): Promise<unknown> =>
    Promise.all(
      threads.map(async ({ ask }) => {
        for (let done = 0; done < spins / count; done++) await ask()
      }),
    )
  await share(count * FIRST_SPINS)
  const ms = await elapsed(() => share(SPINS))
  for (const { close } of threads) await close()
  return ms
}

interface BareWorker {
  readonly ask: Ask
  readonly close: Ask
}

function bareThread(bare: Bare): BareWorker {
  const thread = new Thread(BARE, { workerData: bare })
  const ask = (): Promise<unknown> => {
    const answer = once(thread, 'message')
    thread.postMessage(SMALL)
    return answer
  }
  return { ask, close: () => thread.terminate() }
}

function bareProcess(): BareWorker {
  const child = fork(BARE, { serialization: 'advanced' })
  const ask = (): Promise<unknown> => {
    const answer = once(child, 'message')
    child.send(SMALL)
    return answer
  }
  const close = (): Promise<unknown> => {
    const exited = once(child, 'exit')
    child.kill()
    return exited
  }
  return { ask, close }
}

/** One after the other, milliseconds each. */
async function timesOf(ask: Ask): Promise<readonly number[]> {
  for (let done = 0; done < WARM_UP; done++) await ask()
  const times: number[] = []
  for (let done = 0; done < ROUND_TRIPS; done++) times.push(await elapsed(ask))
  return times
}

async function elapsed(body: Ask): Promise<number> {
  const since = performance.now()
  await body()
  return performance.now() - since
}

async function roundsOf(ms: number): Promise<number> {
  const sample = 2_000_000
  return Math.round((sample / (await best(() => spin(sample)))) * ms)
}
