/** Watches a running app from outside: the memory of its workers as the system sees it, and how far behind it is. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Broker, openBroker } from '../../src/broker/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import type { Place } from '../cli/command.ts'
import { tell } from '../progress.ts'
import type { Phase, Produced } from './paced-producer.ts'
import type { Shape } from './readings.ts'

const PRODUCER = fileURLToPath(new URL('./paced-producer.ts', import.meta.url))
const TELL_EVERY_MS = 10_000
const MEGABYTE = 1_000_000

/** How things stood at one moment. */
export interface Sample {
  /** Seconds since the watch began. */
  readonly at: number
  /** The memory of the largest worker, MB (RSS). */
  readonly rss: number
  /** Records of the source topic that are read for good, and those that are not yet. */
  readonly read: number
  readonly lag: number
  /** What the fullest partition of a repartition topic holds, MB. */
  readonly exchange: number
}

/** Whether this system tells the memory of other processes: a reason to skip, or false. */
export const noMemory: string | false = process.platform === 'linux' ? false : 'reads /proc'

/** Variables for an app whose live objects have to fit into little: what is kept for each reading is soon too much. */
export const SMALL_HEAP: NodeJS.ProcessEnv = { NODE_OPTIONS: '--max-old-space-size=64' }

/** An app, seen from outside. */
export class WatchedApp {
  readonly broker: Broker
  readonly samples: Sample[] = []
  readonly #t: TestContext
  readonly #app: string
  readonly #source: string
  readonly #startedAt = performance.now()
  #toldAt = performance.now()

  private constructor(t: TestContext, broker: Broker, { app, source }: Names) {
    this.#t = t
    this.broker = broker
    this.#app = app
    this.#source = source
  }

  static async open(t: TestContext, place: Place, names: Names): Promise<WatchedApp> {
    const broker = await openBroker(place.url, { checkpoint: false })
    t.after(() => broker.close())
    return new WatchedApp(t, broker, names)
  }

  /** Looks twice a second until `isDone`; tells how things stand now and then. Fails after `seconds`. */
  async watch(
    what: string,
    seconds: number,
    isDone: (sample: Sample) => boolean | Promise<boolean>,
  ): Promise<Sample> {
    const until = performance.now() + seconds * 1000
    for (;;) {
      const sample = await this.#look()
      this.samples.push(sample)
      if (performance.now() - this.#toldAt > TELL_EVERY_MS) {
        this.#toldAt = performance.now()
        tell(this.#t, `${what}: ${textOf(sample)}`)
      }
      if (await isDone(sample)) return sample
      if (performance.now() > until) throw new Error(`not within ${seconds} s: ${what}; ${textOf(sample)}`)
      await wait(500)
    }
  }

  /** The median and the largest memory of the samples between two moments, MB. */
  memory(from: number, to: number): { readonly median: number; readonly largest: number } {
    const sizes = this.samples.filter(({ at }) => at >= from && at <= to).map(({ rss }) => rss)
    sizes.sort((a, b) => a - b)
    return { median: sizes[sizes.length >> 1] ?? Number.NaN, largest: sizes.at(-1) ?? Number.NaN }
  }

  /** The pids of the workers that run now. */
  async workers(): Promise<readonly number[]> {
    const holder = (await this.broker.group(this.#app).fact('holder')) as Holder | undefined
    return holder?.workers.map(({ pid }) => pid) ?? []
  }

  async #look(): Promise<Sample> {
    const [workers, positions, topics] = await Promise.all([
      this.workers(),
      this.broker.group(this.#app).positions(),
      this.broker.topics(),
    ])
    const exchanges = topics.filter(({ kind }) => kind === 'repartition')
    const bounds = await Promise.all(exchanges.map(({ name }) => this.broker.partitions(name)))
    const source = await this.broker.partitions(this.#source)
    const read = positions
      .filter(({ topic }) => topic === this.#source)
      .reduce((sum, { next }) => sum + next, 0)
    return {
      at: (performance.now() - this.#startedAt) / 1000,
      rss: Math.round(Math.max(0, ...workers.map(rssOf)) / MEGABYTE),
      read,
      lag: source.reduce((sum, { end }) => sum + end, 0) - read,
      exchange: Math.round(Math.max(0, ...bounds.flat().map(({ bytes }) => bytes)) / MEGABYTE),
    }
  }
}

interface Names {
  readonly app: string
  /** The topic that it reads. */
  readonly source: string
}

/** Starts a producer at a pace; `end` lets it finish and gives what it wrote. */
export function startProducer(
  t: TestContext,
  place: Place,
  {
    topic,
    shape,
    phases,
  }: { readonly topic: string; readonly shape: Shape; readonly phases: readonly Phase[] },
): { end(): Promise<Produced> } {
  const args = ['-C', 'sluice-source', PRODUCER, place.url, topic, JSON.stringify(shape)]
  const child = spawn(process.execPath, [...args, JSON.stringify(phases)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const printed = outputOf(child)
  return {
    end: async () => {
      child.stdin.end()
      return JSON.parse(await printed) as Produced
    },
  }
}

/** One line about a sample. */
export function textOf({ at, rss, read, lag, exchange }: Sample): string {
  return `${Math.round(at)} s, ${rss} MB, ${read} read, ${lag} behind, ${exchange} MB between workers`
}

function outputOf(child: ChildProcess): Promise<string> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  return new Promise(resolve => {
    child.once('close', () => resolve(text))
  })
}

/** Bytes of a process in memory; 0 for one that is gone. */
function rssOf(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
