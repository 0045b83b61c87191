/** The embedded job beside the same job by hand: events per second, CPU, memory. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeReadings } from './job-data.ts'
import { diskControl, type Figure, runModule, withControl } from './measure.ts'

const EVENTS = 5_000_000
/** With 50 µs of CPU each: as much work as the others have. */
const COSTLY_EVENTS = 200_000
/** So many that starting two processes, 0.6 s, does not decide. */
const HOT_EVENTS = 12_000_000
const MIB = 1024 * 1024

const PROCESS = './job-process.ts'

interface Outcome {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** The figures of the whole job. */
export async function jobFigures(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  try {
    const data = join(folder, 'data')
    await writeReadings(data, EVENTS)
    const costly = join(folder, 'costly')
    await writeReadings(costly, COSTLY_EVENTS)
    const job = new Job(folder, data, EVENTS)
    const hot = join(folder, 'hot')
    await writeReadings(hot, HOT_EVENTS)
    const hotJob = new Job(folder, hot, HOT_EVENTS)
    const costlyJob = new Job(folder, costly, COSTLY_EVENTS)
    return [
      await withControl(diskControl, () => job.oneWorker()),
      await withControl(diskControl, () => job.speedUp('keyed already', {})),
      await withControl(diskControl, () => job.speedUp('re-keyed', { BENCH_REKEY: '1' })),
      await withControl(diskControl, () =>
        hotJob.speedUp('re-keyed, 90 % of the records on one key', { BENCH_REKEY: 'hot' }),
      ),
      await withControl(diskControl, () =>
        costlyJob.speedUp('keyed already, 50 µs a record', { BENCH_BURN_US: '50' }),
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Job {
  readonly #folder: string
  readonly #data: string
  readonly #events: number
  #copies = 0

  constructor(folder: string, data: string, events: number) {
    this.#folder = folder
    this.#data = data
    this.#events = events
  }

  async oneWorker(): Promise<Figure> {
    const sluice = await this.#run({}, 'sluice', '1')
    const byHand = await this.#run({}, 'baseline', '0', '1', '2', '3')
    const value = this.#events / sluice.seconds
    const baseline = this.#events / byHand.seconds
    return {
      name: 'the whole job, one worker',
      unit: 'events/s',
      value,
      baseline,
      baselineName: 'the same job by hand',
      ratio: value / baseline,
      more: {
        'CPU-s per million': this.#cpuPerMillion(sluice),
        'by hand': this.#cpuPerMillion(byHand),
        'peak MiB': sluice.rssBytes / MIB,
      },
    }
  }

  /**
   * How much quicker two workers are than one, beside how much quicker two independent programs on the
   * same two cores, each with half of the work, are than one with all of it.
   */
  async speedUp(name: string, env: NodeJS.ProcessEnv): Promise<Figure> {
    const one = await this.#run(env, 'sluice', '1')
    const two = await this.#run(env, 'sluice', '2')
    const alone = await this.#run(env, 'baseline', '0', '1', '2', '3')
    const halves = await Promise.all([
      this.#run(env, 'baseline', '0', '1'),
      this.#run(env, 'baseline', '2', '3'),
    ])
    const value = one.seconds / two.seconds
    const baseline = alone.seconds / Math.max(...halves.map(half => half.seconds))
    return {
      name: `the whole job, two workers, ${name}`,
      unit: 'times one',
      value,
      baseline,
      baselineName: 'two halves by hand, side by side',
      ratio: value / baseline,
      more: {
        'events/s': this.#events / two.seconds,
        'CPU-s per million': this.#cpuPerMillion(two),
        'with one worker': this.#cpuPerMillion(one),
        'by hand': halves.reduce((sum, half) => sum + this.#cpuPerMillion(half), 0),
      },
    }
  }

  #cpuPerMillion(outcome: Outcome): number {
    return outcome.cpuSeconds / (this.#events / 1e6)
  }

  /** Runs one process on a copy of the data of its own. */
  async #run(env: NodeJS.ProcessEnv, how: string, ...args: readonly string[]): Promise<Outcome> {
    const copy = join(this.#folder, `copy-${this.#copies++}`)
    copyFileSync(this.#data, copy)
    const outcome = await runModule<Outcome>(PROCESS, [how, copy, ...args], { env })
    for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true })
    return outcome
  }
}
