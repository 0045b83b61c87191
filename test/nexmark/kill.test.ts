/**
 * Queries whose workers and supervisors are killed by SIGKILL while they work, and started again with another
 * number of worker processes, give the answer of plain code. On a broker file, through `sluice run`.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { readAnswer } from '../../examples/nexmark/answer.ts'
import { PARTITIONS } from '../../examples/nexmark/events.ts'
import type { Line } from '../../examples/nexmark/generate.ts'
import { queryNamed } from '../../examples/nexmark/queries.ts'
import type { Broker } from '../../src/broker/index.ts'
import { openBroker, Producer } from '../../src/index.ts'
import type { Holder } from '../../src/runtime/index.ts'
import { type Random, seededRandom } from '../../src/testing/choices.ts'
import { newFolder, ROOT } from '../examples/run-example.ts'
import { seedOf } from '../properties/seed.ts'
import { batchAnswer, type Row } from './batch.ts'
import { assertSame, recordedAnswers, someEvents } from './recorded.ts'

const EVENTS = 6000
const PORTION = 500
const KILLS = 3
const QUERIES = ['q4', 'q5', 'q11', 'q19']

const recorded = recordedAnswers()

for (const name of QUERIES) {
  test(`${name} survives ${KILLS} kills with one to three worker processes`, async t => {
    const random = seededRandom(seedOf(t))
    const events = someEvents(Math.floor(random() * 1_000_000), EVENTS)
    const rig = await Rig.open(t, name)
    for (let kills = 0; kills < KILLS; kills++) {
      const run = await rig.startLive(1 + Math.floor(random() * 3))
      await rig.feed(events.slice((kills * EVENTS) / KILLS, ((kills + 1) * EVENTS) / KILLS), random)
      await rig.killOne(run, random)
    }
    const last = rig.start(1 + Math.floor(random() * 3), ['--drain'])
    const [code] = (await once(last.child, 'exit')) as [number | null]
    assert.equal(code, 0, last.heard())
    const rows = await rig.answer()
    assertSame(rows, batchAnswer(name, events), recorded.get(name)?.doubleColumns)
  })
}

interface Run {
  readonly child: ChildProcess
  heard(): string
}

/** A query as an app on a broker file. */
class Rig {
  readonly #t: TestContext
  readonly #name: string
  readonly #url: string
  readonly #broker: Broker
  #fed = 0

  private constructor(t: TestContext, name: string, url: string, broker: Broker) {
    this.#t = t
    this.#name = name
    this.#url = url
    this.#broker = broker
  }

  static async open(t: TestContext, name: string): Promise<Rig> {
    const url = `file:${path.join(await newFolder(t), 'broker')}`
    const broker = await openBroker(url)
    t.after(() => broker.close())
    await broker.createTopic({ name: 'events', partitions: PARTITIONS, kind: 'user' })
    return new Rig(t, name, url, broker)
  }

  /** Starts the app, and waits until it has its workers. */
  async startLive(workers: number): Promise<Run> {
    const run = this.start(workers, [])
    while ((await this.#holder())?.pid !== run.child.pid) {
      assert.equal(run.child.exitCode, null, run.heard())
      await wait(5)
    }
    return run
  }

  /** Starts `sluice run` with the query. */
  start(workers: number, more: readonly string[]): Run {
    const words = [
      'run',
      'examples/nexmark/app.ts',
      '--broker',
      this.#url,
      '--workers',
      String(workers),
      ...more,
    ]
    const child = spawn(process.execPath, ['--conditions=sluice-source', 'src/cli/main.ts', ...words], {
      cwd: ROOT,
      env: { ...process.env, NEXMARK_QUERY: this.#name },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#t.after(() => child.kill('SIGKILL'))
    let heard = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      heard += text
    })
    return { child, heard: () => heard }
  }

  /** Writes events, a portion at a time: each comes while the one before is being processed. */
  async feed(events: readonly Line[], random: Random): Promise<void> {
    const producer = new Producer(this.#broker, queryNamed(this.#name).program(this.#name).events)
    const before = await this.#processed()
    for (let at = 0; at < events.length; at += PORTION) {
      for (const event of events.slice(at, at + PORTION)) {
        await producer.send(event, { partition: this.#fed++ % PARTITIONS, timestamp: event.dateTime })
      }
      await producer.flush()
      // The first kill comes in the middle of work, not before it.
      if (at === 0) while ((await this.#processed()) === before) await wait(5)
    }
    await wait(random() * 30)
  }

  /** Kills a worker, and sees its run go on; or the supervisor, with whom all end. */
  async killOne({ child, heard }: Run, random: Random): Promise<void> {
    const { workers = [] } = (await this.#holder()) ?? {}
    const victim = workers[Math.floor(random() * workers.length)]
    if (victim !== undefined && random() < 0.5) {
      process.kill(victim.pid, 'SIGKILL')
      await wait(random() * 300)
    }
    assert.equal(child.exitCode, null, heard())
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async answer(): Promise<readonly Row[]> {
    const rows: Row[] = []
    // What is in the columns is text or a number.
    await readAnswer(queryNamed(this.#name), this.#broker, row => void rows.push(Object.values(row) as Row))
    return rows
  }

  async #holder(): Promise<Holder | undefined> {
    return (await this.#broker.group(`nexmark-${this.#name}`).fact('holder')) as Holder | undefined
  }

  async #processed(): Promise<number> {
    const positions = await this.#broker.group(`nexmark-${this.#name}`).positions()
    return positions.reduce((sum, position) => sum + position.next, 0)
  }
}
