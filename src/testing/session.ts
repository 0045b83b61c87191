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
import type { CommitTrouble } from './commit-trouble.ts'
import { Crash, type CrashMoment, type CrashPlan, Life } from './crash.ts'
import { type Delay, MortalBroker } from './mortal-broker.ts'
import type { Schedule } from './schedule.ts'
import { TEST_COMMIT_INTERVAL_MS, WorkerClock } from './worker-clock.ts'

/** So many turns of the event loop in which no worker does anything mean that all sleep. */
const QUIET_TURNS = 10

/** Limits of a worker that a small test reaches only when they are small. */
export interface TestLimits {
  /** Sources pause while a partition of a repartition topic holds more bytes; 64 MB. */
  readonly exchangeBytes?: number
  /** A snapshot of state is taken once its changelog holds more bytes; 4 MB. */
  readonly snapshotAfterBytes?: number
}

/** What a run under test is made of. */
export interface SessionOptions {
  readonly broker: Broker
  readonly graph: Graph
  readonly facts: RunFacts
  readonly workers: number
  readonly clock: ManualClock
  readonly crashes: CrashPlan
  readonly publish: Listener
  readonly schedule: Schedule
  readonly trouble: CommitTrouble
  readonly limits: TestLimits
  /** Is told when a worker sleeps until time passes. */
  readonly onSleep: () => void
}

interface Slot {
  readonly life: Life
  readonly clock: WorkerClock
  readonly worker: Worker
}

/** The workers of one run. */
export class Session {
  /** Resolves when all workers have stopped: true unless the app crashed. Rejects with the first failure. */
  readonly ended: Promise<boolean>
  readonly #options: SessionOptions
  readonly #stop = new AbortController()
  readonly #slots = new Map<number, Slot>()
  #crashed = false
  #overtaken = false
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

  /** Whether any of its workers runs. */
  get isAlive(): boolean {
    return this.#slots.size > 0
  }

  /** Another run has taken over: nobody hears what this one tells, and who dies is not started again. */
  beOvertaken(): void {
    this.#overtaken = true
  }

  /** Ends all lives at once. */
  crash(): void {
    this.#crashed = true
    for (const { life } of this.#slots.values()) life.end()
  }

  /** Resolves when all workers sleep or have stopped, and nothing is about to wake them. */
  async quiet(): Promise<void> {
    let activity = this.#activity()
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await systemClock.yield()
      if (activity !== this.#activity() || this.#options.schedule.isBusy) turns = -1
      activity = this.#activity()
    }
  }

  /** How long until the first worker wakes by itself, milliseconds; +∞ for never. */
  wakesIn(): number {
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...[...this.#slots.values()].map(({ clock }) => clock.wakesIn()),
    )
  }

  /** Whether a step waits for processing time. */
  get waitsForTime(): boolean {
    return [...this.#slots.values()].some(({ worker }) => worker.waitsForTime)
  }

  #activity(): number {
    let activity = this.#options.schedule.trace.length
    for (const { clock } of this.#slots.values()) activity += clock.calls
    return activity
  }

  async #runSlot(number: number): Promise<void> {
    while (!this.#crashed && !this.#overtaken) {
      const slot = this.#open(number)
      this.#slots.set(number, slot)
      try {
        await slot.worker.run(this.#stop.signal)
        break
      } catch (thrown) {
        if (!(thrown instanceof Crash)) this.#fail(thrown)
      } finally {
        this.#slots.delete(number)
      }
    }
  }

  #open(number: number): Slot {
    const { broker, graph, facts, workers, publish, schedule, trouble, limits, onSleep } = this.#options
    const life = new Life(number, (who, moment) => this.#pass(who, moment))
    const name = `worker ${number} of run ${facts.run}`
    const ended = life.ended.signal
    const clock = new WorkerClock(name, this.#options.clock, { schedule, ended, onSleep })
    const delay: Delay = async (where, kind) => {
      await clock.turn(where, kind)
      if (!life.isOver) life.pass('turn')
    }
    const mortal = new MortalBroker(broker, { life, delay, trouble, note: what => schedule.note(what) })
    const worker = new Worker({
      broker: mortal,
      group: mortal.group(facts.app),
      graph: tellingRecords(graph, life),
      facts,
      worker: life.worker,
      workers,
      clock,
      publish: event => {
        if (!life.isOver && !this.#overtaken) publish(event)
      },
      commitIntervalMs: TEST_COMMIT_INTERVAL_MS,
      onTurn: () => {
        life.check()
        this.#tellDrift()
      },
      ...(limits.exchangeBytes === undefined ? {} : { maxExchangeBytes: limits.exchangeBytes }),
      ...(limits.snapshotAfterBytes === undefined ? {} : { snapshotAfterBytes: limits.snapshotAfterBytes }),
      // The same run tells the same: this process has other things in its heap.
      readHeap: () => ({ used: 0, limit: 1 }),
    })
    return { life, clock, worker }
  }

  /** What a supervisor tells its workers: how far behind the others are. */
  #tellDrift(): void {
    const slots = [...this.#slots.values()]
    for (const slot of slots) {
      const others = slots.filter(other => other !== slot).map(other => other.worker.lowestWatermark())
      slot.worker.setDriftFloor(Math.min(Number.POSITIVE_INFINITY, ...others))
    }
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
