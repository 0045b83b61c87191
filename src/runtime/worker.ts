/**
 * The loop of one worker: takes batches, lets operators that wait go on, commits, and sleeps when
 * there is nothing to do. All decisions of when are here; what happens is the engine's.
 */
import type { Broker, Group } from '../broker/index.ts'
import { Lifecycle, makePlan, newCounters, type Plan, Scope, Slice } from '../engine/index.ts'
import type { Graph } from '../graph/index.ts'
import { type HeapUse, Latency, type Listener, type Progress } from '../observe/index.ts'
import { type Clock, formatDuration } from '../time/index.ts'
import { Alarm } from './alarm.ts'
import { CommitPace } from './commit-pace.ts'
import { Committer } from './committer.ts'
import { describeProgress, stateSizes } from './describe-progress.ts'
import { isInMemory } from './exchange-ends.ts'
import { ExchangeLag, MAX_EXCHANGE_BYTES } from './exchange-lag.ts'
import { HeapWatch } from './heap-watch.ts'
import { breathing } from './heartbeat.ts'
import { InputPicker } from './input-picker.ts'
import { repartitionTopic } from './names.ts'
import { openTasks } from './open-tasks.ts'
import type { PauseWatch } from './pause.ts'
import type { RunFacts } from './prepare.ts'
import { TaskSet } from './task-set.ts'

/** How often progress is told. */
export const PROGRESS_INTERVAL_MS = 500

/** How long stopping may take to empty repartition topics. */
const EMPTYING_MS = 300

/** What a worker is made of. */
export interface WorkerOptions {
  readonly broker: Broker
  readonly group: Group
  readonly graph: Graph
  readonly facts: RunFacts
  /** This worker's number from 0, and how many there are. */
  readonly worker: number
  readonly workers: number
  readonly clock: Clock
  readonly publish: Listener
  /** Resolves when everything published so far has reached its listener, where that takes time. */
  readonly delivered?: () => Promise<void>
  /** A commit of state alone waits so long. */
  readonly commitIntervalMs: number
  /** Sources pause while a partition of a repartition topic holds more; 64 MB. */
  readonly maxExchangeBytes?: number
  /** A snapshot of state is taken once its changelog holds more; 4 MB. */
  readonly snapshotAfterBytes?: number
  /** Looks whether the app is paused; without it nobody can pause it. */
  readonly pauses?: PauseWatch
  /** Called between two steps of the loop, for tests and heartbeats. */
  readonly onTurn?: () => void
  /** How full the heap is; that of this process. */
  readonly readHeap?: (() => HeapUse) | undefined
}

/** One worker: some of the tasks of an app, in one thread. */
export class Worker {
  readonly #options: WorkerOptions
  readonly #counters = newCounters()
  readonly #lifecycle: Lifecycle
  readonly #slice: Slice
  readonly #plan: Plan
  readonly #heap: HeapWatch
  #commitLatency = new Latency()
  readonly #alarm: Alarm
  #tasks: TaskSet
  #picker: InputPicker | undefined
  #driftFloor: number = Number.POSITIVE_INFINITY

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#heap = new HeapWatch(options.readHeap)
    this.#slice = new Slice(options.clock)
    this.#alarm = new Alarm(options.broker, options.clock)
    this.#tasks = new TaskSet([], options.clock)
    const { shards, held, partitions } = options.facts
    const counts = new Map(Object.entries(partitions))
    this.#plan = makePlan(options.graph, { shards, partitions: counts, held: new Set(held) })
    this.#lifecycle = new Lifecycle((state, detail) => {
      options.publish({ type: 'lifecycle', worker: options.worker, state, detail })
    })
  }

  /** Says how far the other workers are, so that no source runs too far ahead of the slowest. */
  setDriftFloor(floor: number): void {
    if (floor === this.#driftFloor) return
    this.#driftFloor = floor
    this.#alarm.wake()
  }

  /** The lowest watermark among the inputs that have something to read. */
  lowestWatermark(): number {
    return this.#picker?.lowest ?? Number.POSITIVE_INFINITY
  }

  /** Whether a step, or an element in flight, waits for a moment. */
  get waitsForTime(): boolean {
    return Number.isFinite(this.#tasks.resumeIn())
  }

  /**
   * Runs until the run's end, or until `stop` is aborted: then it finishes the element at hand and
   * commits. Throws what no policy covers; nothing since the last commit counts then.
   */
  async run(stop: AbortSignal): Promise<void> {
    try {
      await this.#open()
      await this.#loop(stop)
      this.#lifecycle.become('stopped')
    } catch (thrown) {
      this.#lifecycle.become('failed')
      throw thrown
    } finally {
      await this.#tasks.close()
    }
  }

  /** Where things stand, for people. */
  progress(): Progress {
    const { worker, workers, facts, clock } = this.#options
    const view = {
      worker,
      plan: this.#plan,
      tasks: this.#tasks.tasks,
      inMemory: isInMemory(workers, facts),
      counters: this.#counters,
      commitLatency: this.#commitLatency,
      heap: this.#heap.read(),
      pausedSince: this.#options.pauses?.since,
    }
    return describeProgress(view, clock)
  }

  async #open(): Promise<void> {
    const { broker, group, facts, worker, workers, clock, publish, delivered, onTurn, snapshotAfterBytes } =
      this.#options
    const startedAt = clock.monotonic()
    this.#lifecycle.become('claiming')
    const tasks = await openTasks(
      {
        broker,
        group,
        plan: this.#plan,
        facts,
        worker,
        workers,
        snapshotAfterBytes,
        breathe: breathing(clock, onTurn),
        newScope: () =>
          new Scope({ clock, counters: this.#counters, publish, delivered, wake: () => this.#alarm.wake() }),
      },
      () => {
        this.#lifecycle.become('restoring')
      },
    )
    this.#tasks = new TaskSet(tasks, clock)
    await this.#tasks.recoverSinks()
    const entries = [...stateSizes(tasks).values()].reduce((sum, size) => sum + size, 0)
    const took = formatDuration(clock.monotonic() - startedAt)
    this.#lifecycle.become(
      'running',
      `on ${broker.url}, ${count(tasks.length, 'task')}, ${count(entries, 'entry', 'entries')} of state restored in ${took}`,
    )
  }

  async #loop(stop: AbortSignal): Promise<void> {
    const { clock, facts, commitIntervalMs, publish, group, onTurn } = this.#options
    const set = this.#tasks
    const committer = new Committer(group, clock, set.tasks)
    this.#commitLatency = committer.latency
    const pace = new CommitPace(commitIntervalMs, clock)
    this.#picker = new InputPicker(set.tasks, clock)
    const picker = this.#picker
    const lag = this.#watchExchanges()
    let progressAt = clock.monotonic() + PROGRESS_INTERVAL_MS
    const commit = async (): Promise<void> => {
      await committer.commit(stop, error => {
        onTurn?.()
        publish({ type: 'error', code: error.code, message: error.message, step: '', action: 'retrying' })
      })
      pace.committed()
      this.#counters.commits++
      for (const late of set.takeLate()) publish(late)
    }
    // Asked before the first look at the input: others may share the broker, and hear of it first.
    void this.#alarm.listen(stop)
    while (!stop.aborted) {
      onTurn?.()
      if (this.#options.pauses?.isDue === true && (await this.#paused(stop, commit))) continue
      this.#tellMemory()
      await lag.check()
      picker.sourcesPaused = lag.isFull
      const worked = this.#turn(picker)
      set.throwFailure()
      if (worked) pace.changed()
      if (set.endReached(facts)) break
      if (pace.isDue(!worked, set.hasPending(), set.pendingBytes())) await commit()
      if (clock.monotonic() >= progressAt) {
        publish(this.progress())
        progressAt = clock.monotonic() + PROGRESS_INTERVAL_MS
      }
      const idleMs = Math.min(
        pace.dueIn(set.hasPending()),
        picker.idleIn(),
        set.resumeIn(),
        set.tickIn(),
        lag.checkIn(),
        progressAt - clock.monotonic(),
      )
      if (worked) await clock.yield()
      else await this.#alarm.sleep(idleMs, stop)
    }
    this.#lifecycle.become('stopping')
    await commit()
    if (this.#options.pauses?.since === undefined) await this.#emptyExchanges(picker, commit)
    publish(this.progress())
  }

  /** While the app is paused: commits what is done, and waits. False when it was not. */
  async #paused(stop: AbortSignal, commit: () => Promise<void>): Promise<boolean> {
    const { pauses, publish, onTurn, clock } = this.#options
    const since = await pauses?.look()
    if (pauses === undefined || since === undefined) return false
    await commit()
    this.#lifecycle.become('paused', `since ${new Date(since).toISOString()}, with state in memory`)
    let progressAt = Number.NEGATIVE_INFINITY
    while (!stop.aborted && (await pauses.look()) !== undefined) {
      onTurn?.()
      // What a call gave that was under way.
      if (this.#tasks.hasPending()) await commit()
      this.#tasks.throwFailure()
      if (clock.monotonic() >= progressAt) {
        publish(this.progress())
        progressAt = clock.monotonic() + PROGRESS_INTERVAL_MS
      }
      await pauses.wait(stop)
    }
    if (stop.aborted) return true
    this.#picker?.stayAwake()
    this.#lifecycle.become('running', 'again: the pause is over')
    return true
  }

  /** Tells once, before the process dies of it, that memory runs out. */
  #tellMemory(): void {
    const { worker, clock, publish } = this.#options
    const heap = this.#heap.newlyLow(clock.monotonic())
    if (heap === undefined) return
    const [step = null, entries = 0] = [...stateSizes(this.#tasks.tasks)].sort((a, b) => b[1] - a[1])[0] ?? []
    publish({ type: 'memory', worker, ...heap, step, entries })
  }

  /** One worker that goes through topics leaves them empty, so that the next run needs none. */
  async #emptyExchanges(picker: InputPicker, commit: () => Promise<void>): Promise<void> {
    const { workers, facts, clock } = this.#options
    if (workers > 1 || isInMemory(workers, facts)) return
    picker.sourcesPaused = true
    const until = clock.monotonic() + EMPTYING_MS
    while (clock.monotonic() < until && this.#turn(picker)) {
      this.#tasks.throwFailure()
      await commit()
    }
  }

  /** In memory there is nothing to watch: a call returns when the element is processed. */
  #watchExchanges(): ExchangeLag {
    const { broker, graph, facts, workers, clock, maxExchangeBytes } = this.#options
    const exchanges = isInMemory(workers, facts) ? [] : graph.steps.filter(step => step.kind === 'exchange')
    const topics = exchanges.map(step => repartitionTopic(facts.app, step.id))
    return new ExchangeLag(broker, topics, clock, maxExchangeBytes ?? MAX_EXCHANGE_BYTES)
  }

  /** One slice of work; false when there was nothing to do. */
  #turn(picker: InputPicker): boolean {
    this.#slice.begin()
    let worked = this.#tasks.resumeWaiters()
    this.#tasks.tick()
    do {
      const next = picker.pick(this.#driftFloor)
      if (next === undefined) break
      next.input.run(this.#slice)
      worked = true
      if (next.task.parts.scope.failure !== undefined) break
    } while (!this.#slice.isOver())
    picker.checkIdle()
    return worked
  }
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
