/** Runs an app in a test: in this process, in memory, without waiting for anything. */
import { Producer } from '../app/index.ts'
import { MemoryBroker } from '../broker/index.ts'
import { type Codec, string } from '../codec/index.ts'
import { GraphError } from '../errors.ts'
import type { SluiceEvent } from '../observe/index.ts'
import type { Topic } from '../operators/index.ts'
import { deadLetterTopic, type Program, prepareRun, type RunMode } from '../runtime/index.ts'
import { type Duration, durationMs, ManualClock } from '../time/index.ts'
import { CrashPlan, type CrashPoint } from './crash.ts'
import { Session } from './session.ts'
import { type ReadRecord, readTopic, type TestRecord } from './test-records.ts'
import { type Random, seededRandom } from './worker-clock.ts'

/** Options of a `TestDriver`. */
export interface TestDriverOptions {
  /** The driver of another app, to share its logs and its clock. */
  readonly beside?: TestDriver
  /** The logs to work on; new and empty by default. Make it with the same `clock`. */
  readonly broker?: MemoryBroker
  /** The time; a new clock at 2030-01-01 by default. */
  readonly clock?: ManualClock
  /** How many workers share the work; 1. Each run may say otherwise. */
  readonly workers?: number
  /**
   * Lets workers take turns, cut their work and commit at moments that follow from this number. The
   * results of a right program are the same for all seeds.
   */
  readonly seed?: number
}

/** Options of one run. */
export interface TestRunOptions {
  /** How many workers share the work of this run and of those after it. */
  readonly workers?: number
  /** Steps whose state of earlier runs is dropped. */
  readonly dropState?: readonly string[]
}

/** How a run ended. */
export type TestRunEnd = 'done' | 'crashed'

/** The present of a new driver: 2030-01-01, so that test data with the dates of today is not ahead of it. */
export const TEST_START_MS = 1_893_456_000_000
/** For so long at most, time passes by itself after an attempt that is to be repeated. */
const MAX_BACK_OFF_MS = 30_000

/**
 * Runs an app in a test: feed records, run, read what came out. Nothing is slept for: time stands
 * still until `advance`; only the back-off of a retried step passes by itself, and on the monotonic
 * clock the few milliseconds between two commits.
 *
 * ```ts run
 * import { App, json, tumbling } from 'sluice'
 * import { TestDriver } from 'sluice/testing'
 *
 * const app = new App('clicks-per-page')
 * const clicks = app.topic('clicks', { value: json({ page: 'string', time: 'number' }) })
 * const counts = app.topic('counts', { value: json({ page: 'string', count: 'number' }) })
 * app.stream(clicks).eventTime(click => click.time).keyBy('page').window(tumbling('1m')).count()
 *   .map(({ key, value }) => ({ page: key, count: value }))
 *   .to(counts)
 *
 * const driver = new TestDriver(app)
 * await driver.feed(clicks, [{ page: '/home', time: 0 }, { page: '/home', time: 59_999 }, { page: '/help', time: 60_000 }])
 * await driver.run()
 * console.log(await driver.values(counts))
 * await driver.drain()
 * console.log(await driver.values(counts))
 * ```
 *
 * ```text output
 * [ { page: '/home', count: 2 } ]
 * [ { page: '/home', count: 2 }, { page: '/help', count: 1 } ]
 * ```
 */
export class TestDriver {
  readonly broker: MemoryBroker
  readonly clock: ManualClock
  /** Everything the app has told so far: late elements, errors, what it printed, its life cycle. */
  readonly events: SluiceEvent[] = []
  readonly #program: Program
  readonly #crashes = new CrashPlan()
  readonly #random: Random | undefined
  readonly #producers = new Map<string, Producer<unknown>>()
  #workers: number
  #session: Session | undefined
  #passUntil = Number.NEGATIVE_INFINITY
  #passing = false

  constructor(app: Program, options: TestDriverOptions = {}) {
    this.#program = app
    this.clock = options.clock ?? options.beside?.clock ?? new ManualClock(TEST_START_MS)
    this.broker = options.broker ?? options.beside?.broker ?? new MemoryBroker({ clock: this.clock })
    this.#workers = options.workers ?? 1
    this.#random = options.seed === undefined ? undefined : seededRandom(options.seed)
  }

  /** Writes values to a topic in one batch per partition. A missing topic is made, with one partition unless it says how many. */
  async feed<T>(topic: Topic<T>, values: readonly T[]): Promise<void> {
    await this.feedRecords(
      topic,
      values.map(value => ({ value })),
    )
  }

  /** Writes records to a topic: as `feed`, with keys, timestamps or partitions of their own. */
  async feedRecords<T>(topic: Topic<T>, records: readonly TestRecord<T>[]): Promise<void> {
    await this.#ensure(topic)
    const known = this.#producers.get(topic.name)
    const producer = known ?? new Producer(this.broker, topic as Topic<unknown>, { clock: this.clock })
    this.#producers.set(topic.name, producer)
    for (const { value, ...where } of records) await producer.send(value, where)
    await producer.flush()
  }

  /**
   * Processes everything that is in the topics now and commits; windows stay open. Says whether it
   * came to its end or to the point of `crashAt`. Throws what makes the app stop.
   */
  run(options: TestRunOptions = {}): Promise<TestRunEnd> {
    return this.#runTo('untilCaughtUp', options)
  }

  /** As `run`, and then ends the input: all windows close. */
  drain(options: TestRunOptions = {}): Promise<TestRunEnd> {
    return this.#runTo('drain', options)
  }

  /** Starts the app and lets it run live, until `stop` or `crash`; resolves when it has nothing left to do. */
  async start(options: TestRunOptions = {}): Promise<void> {
    await this.#open('continuous', options)
    await this.settle()
  }

  /** Waits until the running app has nothing left to do before time passes. Throws what makes the app stop. */
  async settle(): Promise<void> {
    const session = this.#running()
    await Promise.race([session.quiet(), session.ended]).catch(() => this.#endOf(session))
  }

  /** Lets time pass, which an app that was started notices at once: idle partitions, processing time, time-outs. */
  async advance(duration: Duration): Promise<void> {
    let left = durationMs(duration, 'the time to advance by')
    while (left > 0) {
      const wakesIn = this.#session?.wakesIn() ?? left
      const step = Math.min(left, Math.max(1, Math.ceil(wakesIn)))
      this.clock.advance(step)
      left -= step
      if (this.#session !== undefined) await this.settle()
    }
  }

  /** Stops the running app after a last commit. */
  async stop(): Promise<TestRunEnd> {
    const session = this.#running()
    session.stop()
    return this.#endOf(session)
  }

  /** Kills the running app: what it did since its last commit is gone. */
  async crash(): Promise<void> {
    const session = this.#running()
    session.crash()
    await this.#endOf(session)
  }

  /** Kills the app, or one worker, when it comes to this point, in this run or in a later one. Once. */
  crashAt(point: CrashPoint): void {
    this.#crashes.set(point)
  }

  /** All records of a topic, partition by partition. */
  async read<T>(topic: Topic<T>): Promise<readonly ReadRecord<T>[]> {
    await this.#ensure(topic)
    return readTopic(this.broker, topic.name, topic.spec.codec as Codec<T>)
  }

  /** The values of all records of a topic, partition by partition. */
  async values<T>(topic: Topic<T>): Promise<readonly (T | null)[]> {
    return (await this.read(topic)).map(record => record.value)
  }

  /** What steps with the policy `deadLetter` could not process; the value as text. */
  async deadLetters(): Promise<readonly ReadRecord<string>[]> {
    const name = deadLetterTopic(this.#program.name)
    return (await this.broker.topic(name)) === undefined ? [] : readTopic(this.broker, name, string())
  }

  async #runTo(mode: RunMode, options: TestRunOptions): Promise<TestRunEnd> {
    return this.#endOf(await this.#open(mode, options))
  }

  async #open(mode: RunMode, options: TestRunOptions): Promise<Session> {
    if (this.#session !== undefined)
      throw new GraphError('OPTION_INVALID', 'the app runs already: stop it first')
    this.#workers = options.workers ?? this.#workers
    const { broker, clock } = this
    const graph = this.#program.graph()
    for (const step of graph.steps) if (step.kind === 'source') await this.#ensure({ spec: step.topic })
    const facts = await prepareRun(broker, broker.group(this.#program.name), graph, {
      mode,
      shards: this.#program.shards,
      dropState: options.dropState ?? [],
    })
    this.#session = new Session({
      broker,
      graph,
      facts,
      workers: this.#workers,
      clock,
      crashes: this.#crashes,
      random: this.#random,
      publish: event => this.#hear(event, mode),
    })
    return this.#session
  }

  async #endOf(session: Session): Promise<TestRunEnd> {
    try {
      return (await session.ended) ? 'done' : 'crashed'
    } finally {
      this.#session = undefined
      this.#passUntil = Number.NEGATIVE_INFINITY
    }
  }

  #running(): Session {
    if (this.#session !== undefined) return this.#session
    throw new GraphError('OPTION_INVALID', 'the app does not run: start it first')
  }

  #hear(event: SluiceEvent, mode: RunMode): void {
    this.events.push(event)
    if (event.type !== 'error' || event.action !== 'retrying' || mode === 'continuous') return
    this.#passUntil = this.clock.monotonic() + MAX_BACK_OFF_MS
    if (!this.#passing) void this.#passBackOff()
  }

  /** Nothing else would ever let the next attempt come. */
  async #passBackOff(): Promise<void> {
    this.#passing = true
    while (this.#session !== undefined && this.clock.monotonic() < this.#passUntil) {
      await this.#session.quiet()
      const wakesIn = this.#session?.wakesIn() ?? Number.POSITIVE_INFINITY
      if (!Number.isFinite(wakesIn)) break
      this.clock.advance(Math.max(1, Math.ceil(wakesIn)))
    }
    this.#passing = false
  }

  async #ensure(topic: Pick<Topic<never>, 'spec'>): Promise<void> {
    const { name, partitions = 1, rules } = topic.spec
    if ((await this.broker.topic(name)) === undefined) {
      await this.broker.createTopic({ name, partitions, kind: 'user', ...rules })
    }
  }
}
