/** The embedded job beside the same job by hand: events per second, CPU, memory. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openBroker } from 'sluice'
import { BatchBuilder } from '../src/broker/index.ts'
import { shardOfKey } from '../src/codec/index.ts'
import { diskControl, type Figure, withControl } from './measure.ts'

const EVENTS = 5_000_000
const SENSORS = 1000
const PARTITIONS = 4
const BATCH = 1000
const MIB = 1024 * 1024

const run = promisify(execFile)
const PROCESS = fileURLToPath(new URL('./job-process.ts', import.meta.url))

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
    await writeData(data)
    const job = new Job(folder, data)
    const one = await withControl(diskControl, () => job.oneWorker())
    const two = await withControl(diskControl, () => job.twoWorkers('keyed already', {}))
    const rekeyed = await withControl(diskControl, () => job.twoWorkers('re-keyed', { BENCH_REKEY: '1' }))
    return [one, two, rekeyed]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class Job {
  readonly #folder: string
  readonly #data: string
  #copies = 0

  constructor(folder: string, data: string) {
    this.#folder = folder
    this.#data = data
  }

  async oneWorker(): Promise<Figure> {
    const sluice = await this.#run({}, 'sluice', this.#copy(), '1')
    const byHand = await this.#run({}, 'baseline', this.#copy(), '0', '1', '2', '3')
    return figure('the whole job, one worker', sluice, byHand, 'the same job by hand')
  }

  /** The control is the same work as two independent programs on the same two cores. */
  async twoWorkers(name: string, env: NodeJS.ProcessEnv): Promise<Figure> {
    const sluice = await this.#run(env, 'sluice', this.#copy(), '2')
    const halves = await Promise.all([
      this.#run({}, 'baseline', this.#copy(), '0', '1'),
      this.#run({}, 'baseline', this.#copy(), '2', '3'),
    ])
    const byHand = {
      seconds: Math.max(...halves.map(half => half.seconds)),
      cpuSeconds: halves.reduce((sum, half) => sum + half.cpuSeconds, 0),
      rssBytes: 0,
    }
    return figure(`the whole job, two workers, ${name}`, sluice, byHand, 'two halves by hand, side by side')
  }

  #copy(): string {
    const copy = join(this.#folder, `copy-${this.#copies++}`)
    copyFileSync(this.#data, copy)
    return copy
  }

  async #run(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<Outcome> {
    const { stdout } = await run(process.execPath, [...process.execArgv, PROCESS, ...args], {
      env: { ...process.env, ...env },
    })
    return JSON.parse(stdout) as Outcome
  }
}

function figure(name: string, sluice: Outcome, byHand: Outcome, baselineName: string): Figure {
  const value = EVENTS / sluice.seconds
  const baseline = EVENTS / byHand.seconds
  return {
    name,
    unit: 'events/s',
    value,
    baseline,
    baselineName,
    ratio: value / baseline,
    more: {
      'CPU-s per million': sluice.cpuSeconds / (EVENTS / 1e6),
      'by hand': byHand.cpuSeconds / (EVENTS / 1e6),
      'peak MiB of the first process': sluice.rssBytes / MIB,
    },
  }
}

/** Readings of about 63 bytes, partitioned by their sensor; everything checkpointed into one file. */
async function writeData(file: string): Promise<void> {
  const broker = await openBroker(`file:${file}`)
  await broker.createTopic({ name: 'readings', partitions: PARTITIONS, kind: 'user' })
  const builders = Array.from({ length: PARTITIONS }, () => new BatchBuilder())
  const write = async (partition: number): Promise<void> => {
    const batch = builders[partition]?.build()
    if (batch !== undefined) await broker.produce([{ topic: 'readings', partition, batch }])
  }
  for (let i = 0; i < EVENTS; i++) {
    const sensor = `sensor-${i % SENSORS}`
    const time = 1_700_000_000_000 + Math.floor(i / 10)
    const partition = shardOfKey(sensor, PARTITIONS)
    const value = JSON.stringify({ sensor, time, value: (i % 1000) / 10 })
    builders[partition]?.append(Buffer.from(sensor), Buffer.from(value), time)
    if ((builders[partition]?.count ?? 0) >= BATCH) await write(partition)
  }
  for (let partition = 0; partition < PARTITIONS; partition++) await write(partition)
  await broker.close()
}
