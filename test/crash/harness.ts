/** Runs the command as a user does, kills it, and reads what it wrote. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, BatchCursor, type Broker, openBroker } from '../../src/broker/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { identifyProcess } from '../../src/runtime/process-identity.ts'
import { expected, type Reading } from './oracle.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const KILL_POINT = new URL('./kill-point.ts', import.meta.url).href

/** The program that is killed. */
export const PROGRAM: string = fileURLToPath(new URL('./program.ts', import.meta.url))

/** A command that was started. */
export interface Started {
  readonly child: ChildProcess
  /** What it has written to standard error so far; the end of it where it is long. */
  heard(): string
  /** How it ended: exit code or signal, and what it wrote to standard error. */
  readonly ended: Promise<{
    readonly code: number | null
    readonly signal: string | null
    readonly stderr: string
  }>
}

/** A broker file of its own for a test, and the command on it. */
export class CrashRig {
  readonly url: string
  readonly broker: Broker
  /** What was written to each partition, in order. */
  readonly input: Reading[][]
  readonly #random: () => number
  #time = 1_700_000_000_000

  private constructor(url: string, broker: Broker, partitions: number, next: () => number) {
    this.url = url
    this.broker = broker
    this.input = Array.from({ length: partitions }, () => [])
    this.#random = next
  }

  static async open(t: TestContext, partitions: number, next: () => number): Promise<CrashRig> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-crash-'))
    const url = `file:${join(folder, 'broker')}`
    const broker = await openBroker(url)
    t.after(async () => {
      await broker.close()
      rmSync(folder, { recursive: true, force: true })
    })
    await broker.createTopic({ name: 'readings', partitions, kind: 'user' })
    return new CrashRig(url, broker, partitions, next)
  }

  /** Writes readings: decimals, out of order, now and then late. */
  async feed(count: number): Promise<void> {
    const builders = this.input.map(() => new BatchBuilder())
    for (let i = 0; i < count; i++) {
      this.#time += Math.floor(this.#random() * 60)
      const delay = this.#random() < 0.05 ? 9000 * this.#random() : 1500 * this.#random()
      const sensor = `${'abc'[Math.floor(this.#random() * 3)]}${Math.floor(this.#random() * 7)}`
      const reading = {
        sensor,
        time: Math.floor(this.#time - delay),
        value: Math.round(this.#random() * 1e6) / 1e3,
      }
      const partition = Math.floor(this.#random() * this.input.length)
      this.input[partition]?.push(reading)
      builders[partition]?.append(null, Buffer.from(JSON.stringify(reading)), this.#time)
    }
    const appends = builders.flatMap((builder, partition) => {
      const batch = builder.build()
      return batch === undefined ? [] : [{ topic: 'readings', partition, batch }]
    })
    await this.broker.produce(appends)
  }

  /** Lets so much time pass between the readings so far and those to come. */
  letTimePass(ms: number): void {
    this.#time += ms
  }

  /** Starts `sluice run` with the program. */
  run(options: {
    readonly workers: number
    readonly kill?: string
    readonly more?: readonly string[]
  }): Started {
    const { workers, kill, more = [] } = options
    const args = ['-C', 'sluice-source', '--import', KILL_POINT, MAIN, 'run', PROGRAM]
    const child = spawn(
      process.execPath,
      [...args, '--broker', this.url, '--workers', String(workers), ...more],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...(kill === undefined ? {} : { SLUICE_KILL: kill }) },
      },
    )
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-20_000)
    })
    const ended = new Promise<Awaited<Started['ended']>>(resolve => {
      // Workers that outlive their supervisor keep its standard error open: that must not be waited for.
      child.on('exit', (code, signal) => {
        const end = (): void => resolve({ code, signal, stderr })
        child.on('close', end)
        setTimeout(end, 200)
      })
    })
    return { child, heard: () => stderr, ended }
  }

  /** How many records the app has processed for good, by all its inputs. */
  async processed(): Promise<number> {
    const positions = await this.broker.group('crash').positions()
    return positions.reduce((sum, position) => sum + position.next, 0)
  }

  /** The pids of the run's supervisor and workers, once it has started so many workers. */
  async holder(workers: number): Promise<{ readonly pid: number; readonly workers: readonly number[] }> {
    for (;;) {
      const holder = (await this.broker.group('crash').fact('holder')) as Holder | undefined
      if (holder !== undefined && holder.workers.length === workers) {
        return { pid: holder.pid, workers: holder.workers.map(worker => worker.pid) }
      }
      await wait(5)
    }
  }

  /** The workers that a run has started so far and that live; none before it holds the lease. */
  async workersOf({ child }: Started): Promise<readonly number[]> {
    const holder = (await this.broker.group('crash').fact('holder')) as Holder | undefined
    if (holder === undefined || holder.pid !== child.pid) return []
    // A pid alone may be that of another process by now.
    return holder.workers
      .filter(({ pid, startedAt }) => identifyProcess(pid)?.startedAt === startedAt)
      .map(({ pid }) => pid)
  }

  /** Waits until the app has processed more than so many records for good, or until `ended`. */
  async processedMoreThan(count: number, ended?: Promise<unknown>): Promise<void> {
    let isOver = false
    void ended?.then(() => {
      isOver = true
    })
    while (!isOver && (await this.processed()) <= count) await wait(5)
  }

  /** Stops a process at a moment at which it does not keep the broker file locked. */
  async stopOutsideTransaction(pid: number): Promise<void> {
    const connection = new DatabaseSync(this.url.slice('file:'.length), { timeout: 100 })
    for (;;) {
      process.kill(pid, 'SIGSTOP')
      try {
        connection.exec('BEGIN IMMEDIATE')
        connection.exec('ROLLBACK')
        return connection.close()
      } catch {
        process.kill(pid, 'SIGCONT')
        await wait(7)
      }
    }
  }

  /** Everything in the output topics as sorted lines, and what it must be. */
  async compare(): Promise<{
    readonly actual: Record<string, readonly string[]>
    readonly wanted: Record<string, readonly string[]>
  }> {
    const actual: Record<string, readonly string[]> = {}
    for (const topic of ['sums', 'means', 'regions', 'late']) actual[topic] = await this.#read(topic)
    return { actual, wanted: { ...expected(this.input) } }
  }

  async #read(topic: string): Promise<readonly string[]> {
    const found: string[] = []
    const partitions = await this.broker.partitions(topic)
    const cursor = new BatchCursor()
    for (const [number, { start }] of partitions.entries()) {
      const reader = this.broker.reader(topic, number, start)
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
        cursor.load(batch)
        while (cursor.next()) found.push(cursor.value()?.toString() ?? '')
      }
      reader.close()
    }
    return found.sort()
  }
}
