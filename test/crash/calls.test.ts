/** A restart repeats only what was not committed, also of calls in order by key and in no order, under SIGKILL. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, type Broker, openBroker } from '../../src/broker/index.ts'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import { readAll } from './read-all.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const PROGRAM = fileURLToPath(new URL('./calls-program.ts', import.meta.url))
const ORDERS = 600
const KEYS = 9
const KILLS = 6
const KINDS = ['key', 'none'] as const

type Kind = (typeof KINDS)[number]

interface Order {
  readonly id: number
  readonly key: string
}

test(`after each of ${KILLS} kills only calls are made whose results were not committed, and each result is there once`, async t => {
  const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const rig = await Rig.open(t)
  await rig.feed()
  const called: Record<Kind, number[]> = { key: [], none: [] }
  for (let kill = 0; kill <= KILLS; kill++) {
    const before = await rig.committed()
    const run = rig.run(kill, 1 + Math.floor(random() * 2), kill === KILLS ? ['--until-caught-up'] : [])
    if (kill < KILLS) await killAtWork(run, rig.callsFile(kill), random)
    else assert.equal(await run.ended, 0, run.heard())
    const calls = rig.calls(kill)
    for (const kind of KINDS) {
      const done = new Set(before[kind].map(({ id }) => id))
      const again = calls[kind].filter(id => done.has(id))
      assert.deepEqual(again, [], `run ${kill} called again in order ${kind} what was committed`)
      called[kind].push(...calls[kind])
    }
  }
  const results = await rig.committed()
  for (const kind of KINDS) {
    const ids = results[kind].map(({ id }) => id)
    assert.deepEqual(
      ids.toSorted((a, b) => a - b),
      Array.from({ length: ORDERS }, (_, id) => id),
    )
    t.diagnostic(`order ${kind}: ${called[kind].length} calls for ${ORDERS} orders`)
    assert.ok(called[kind].length > ORDERS, 'no kill came while calls were under way')
  }
  for (let key = 0; key < KEYS; key++) {
    const ids = results.key.filter(order => order.key === `k${key}`).map(({ id }) => id)
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    )
  }
})

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  heard(): string
}

/** Kills some time after the run has made its first calls. */
async function killAtWork({ child, ended }: Run, file: string, random: Random): Promise<void> {
  while (child.exitCode === null && !existsSync(file)) await wait(2)
  await wait(20 + random() * 150)
  child.kill('SIGKILL')
  await ended
}

class Rig {
  readonly #folder: string
  readonly #url: string
  readonly #broker: Broker

  private constructor(folder: string, url: string, broker: Broker) {
    this.#folder = folder
    this.#url = url
    this.#broker = broker
  }

  static async open(t: TestContext): Promise<Rig> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-calls-'))
    const url = `file:${join(folder, 'broker')}`
    const broker = await openBroker(url)
    t.after(async () => {
      await broker.close()
      rmSync(folder, { recursive: true, force: true })
    })
    return new Rig(folder, url, broker)
  }

  /** Writes all orders; those of one key into one partition. */
  async feed(): Promise<void> {
    await this.#broker.createTopic({ name: 'orders', partitions: 2, kind: 'user' })
    const builders = [new BatchBuilder(), new BatchBuilder()]
    for (let id = 0; id < ORDERS; id++) {
      const key = (id * 7) % KEYS
      builders[key % 2]?.append(null, Buffer.from(JSON.stringify({ id, key: `k${key}` })), 1000 + id)
    }
    await this.#broker.produce(
      builders.flatMap((builder, partition) => {
        const batch = builder.build()
        return batch === undefined ? [] : [{ topic: 'orders', partition, batch }]
      }),
    )
  }

  callsFile(run: number): string {
    return join(this.#folder, `calls-${run}`)
  }

  run(number: number, workers: number, more: readonly string[]): Run {
    const args = ['-C', 'sluice-source', MAIN, 'run', PROGRAM, '--broker', this.#url]
    const child = spawn(process.execPath, [...args, '--workers', String(workers), ...more], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, SLUICE_CALLS: this.callsFile(number) },
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-20_000)
    })
    const ended = new Promise<number | null>(resolve => {
      child.on('exit', resolve)
    })
    return { child, ended, heard: () => stderr }
  }

  /** The ids that a run called for. */
  calls(run: number): Record<Kind, readonly number[]> {
    const file = this.callsFile(run)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    const of = (kind: Kind): readonly number[] =>
      lines.flatMap(line => (line.startsWith(`${kind} `) ? [Number(line.slice(kind.length))] : []))
    return { key: of('key'), none: of('none') }
  }

  /** What is in the output topics, partition by partition. */
  async committed(): Promise<Record<Kind, readonly Order[]>> {
    return { key: await this.#read('by-key'), none: await this.#read('by-none') }
  }

  async #read(topic: string): Promise<readonly Order[]> {
    return (await readAll(this.#broker, topic)).map(({ value }) => JSON.parse(value) as Order)
  }
}
