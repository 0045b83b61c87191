/**
 * One run of a program under test: its workers side by side in this process, each with a life that
 * may end early. Does what a supervisor does: one report of a failure stops all, and a worker that
 * dies alone is started again.
 */
import type { Broker } from '../broker/index.ts'
import type { Codec } from '../codec/index.ts'
import { messageOf } from '../errors.ts'
import type { Graph } from '../graph/index.ts'
import type { Listener } from '../observe/index.ts'
import { type RunFacts, Worker } from '../runtime/index.ts'
import { type ManualClock, systemClock } from '../time/index.ts'
import { Crash, type CrashMoment, type CrashPlan, Life } from './crash.ts'
import { MortalBroker } from './mortal-broker.ts'
import { type Random, TEST_COMMIT_INTERVAL_MS, WorkerClock } from './worker-clock.ts'

/** So many turns of the event loop in which no worker does anything mean that all sleep. */
const QUIET_TURNS = 10

/** What a run under test is made of. */
export interface SessionOptions {
  readonly broker: Broker
  readonly graph: Graph
  readonly facts: RunFacts
  readonly workers: number
  readonly clock: ManualClock
  readonly crashes: CrashPlan
  readonly publish: Listener
  readonly random: Random | undefined
}

/** The workers of one run. */
export class Session {
  /** Resolves when all workers have stopped: true unless the app crashed. Rejects with the first failure. */
  readonly ended: Promise<boolean>
  readonly #options: SessionOptions
  readonly #stop = new AbortController()
  readonly #lives = new Map<number, { readonly life: Life; readonly clock: WorkerClock }>()
  #crashed = false
  #failure: Error | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    const slots = Array.from({ length: options.workers }, (_, worker) => this.#runSlot(worker))
    this.ended = Promise.all(slots).then(() => {
      if (this.#failure !== undefined) throw this.#failure
      return !this.#crashed
    })
    // Whoever waits for the end hears of the failure; nobody may be waiting yet.
    this.ended.catch(() => {})
  }

  /** Lets the workers finish the element at hand, commit and stop. */
  stop(): void {
    this.#stop.abort()
  }

  /** Ends all lives at once. */
  crash(): void {
    this.#crashed = true
    for (const { life } of this.#lives.values()) life.end()
  }

  /** Resolves when all workers sleep or have stopped, and nothing is about to wake them. */
  async quiet(): Promise<void> {
    let calls = this.#calls()
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await systemClock.yield()
      if (calls !== this.#calls()) turns = -1
      calls = this.#calls()
    }
  }

  /** How long until the first worker wakes by itself, milliseconds; +∞ for never. */
  wakesIn(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.#lives.values()].map(({ clock }) => clock.wakesIn()),
    )
  }

  #calls(): number {
    let calls = 0
    for (const { clock } of this.#lives.values()) calls += clock.calls
    return calls
  }

  async #runSlot(worker: number): Promise<void> {
    while (!this.#crashed) {
      const life = new Life(worker, (who, moment) => this.#pass(who, moment))
      const clock = new WorkerClock(this.#options.clock, this.#options.random)
      this.#lives.set(worker, { life, clock })
      try {
        await this.#run(life, clock)
        break
      } catch (thrown) {
        if (!(thrown instanceof Crash)) this.#fail(thrown)
      } finally {
        this.#lives.delete(worker)
      }
    }
  }

  #run(life: Life, clock: WorkerClock): Promise<void> {
    const { broker, graph, facts, workers, publish } = this.#options
    const delay = this.#options.random === undefined ? async () => {} : () => clock.yield()
    const mortal = new MortalBroker(broker, life, delay)
    const running = new Worker({
      broker: mortal,
      group: mortal.group(facts.app),
      graph: tellingRecords(graph, life),
      facts,
      worker: life.worker,
      workers,
      clock,
      publish: event => {
        if (!life.isOver) publish(event)
      },
      commitIntervalMs: TEST_COMMIT_INTERVAL_MS,
      onTurn: () => life.check(),
      // The same run tells the same: this process has other things in its heap.
      readHeap: () => ({ used: 0, limit: 1 }),
    })
    return running.run(this.#stop.signal)
  }

  #pass(life: Life, moment: CrashMoment): void {
    const point = this.#options.crashes.take(life.worker, moment)
    if (point === undefined) return
    if (point.worker === undefined) this.crash()
    else life.end()
  }

  #fail(thrown: unknown): void {
    this.#failure ??= thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown })
    this.crash()
  }
}

/** The same graph, with sources that tell of each record. */
function tellingRecords(graph: Graph, life: Life): Graph {
  const steps = graph.steps.map(step => {
    if (step.kind !== 'source') return step
    const { codec } = step.topic
    const telling: Codec<unknown> = {
      name: codec.name,
      fingerprint: codec.fingerprint,
      encode: (value, into) => codec.encode(value, into),
      decode: (bytes, start, end) => {
        life.pass('record')
        return codec.decode(bytes, start, end)
      },
    }
    return { ...step, topic: { ...step.topic, codec: telling } }
  })
  return { ...graph, steps }
}
