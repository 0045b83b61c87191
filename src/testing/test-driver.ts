/** Runs an app in a test: in this process, in memory, without waiting for anything. */
import { Producer } from '../app/index.ts'
import { MemoryBroker } from '../broker/index.ts'
import { type Codec, type Key, string } from '../codec/index.ts'
import { GraphError, SluiceError } from '../errors.ts'
import type { SluiceEvent } from '../observe/index.ts'
import type { Topic } from '../operators/index.ts'
import { deadLetterTopic, type Program, prepareRun, type RunMode } from '../runtime/index.ts'
import { type Duration, durationMs, ManualClock } from '../time/index.ts'
import { chooseBySeed, chooseFrom } from './choices.ts'
import { CommitTrouble, type RefusalReason } from './commit-trouble.ts'
import { CrashPlan, type CrashPoint } from './crash.ts'
import { PatientSleepers } from './patient-sleepers.ts'
import { type PlayItem, play, type Script, scriptOf } from './play.ts'
import { Schedule } from './schedule.ts'
import { Session, type TestLimits } from './session.ts'
import { type ReadRecord, readTopic, type TestRecord } from './test-records.ts'

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
  /** Small limits, so that a small test reaches them: back-pressure, snapshots of state. */
  readonly limits?: TestLimits
}

/** Options of one run. */
export interface TestRunOptions {
  /** How many workers share the work of this run and of those after it. */
  readonly workers?: number
  /** Steps whose state of earlier runs is dropped. */
  readonly dropState?: readonly string[]
  /**
   * The schedule from here on as data, instead of a seed: each number is one decision, 0 the plainest,
   * and so are all that the list does not have. For property tests, which can shrink it.
   */
  readonly schedule?: readonly number[]
}

/** How a run ended. */
export type TestRunEnd = 'done' | 'crashed'

/** The present of a new driver: 2030-01-01, so that test data with the dates of today is not ahead of it. */
export const TEST_START_MS = 1_893_456_000_000

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
  readonly #schedule = new Schedule()
  readonly #trouble = new CommitTrouble(ms => this.sleep(ms))
  readonly #sleepers: PatientSleepers
  readonly #limits: TestLimits
  readonly #producers = new Map<unknown, Producer<unknown>>()
  #workers: number
  #session: Session | undefined
  /** Runs that another has taken over from, and that do not know it yet. */
  #overtaken: Session[] = []
  #overtakenFailure: Error | undefined
  /** Whether time passes by itself: while a commit waits for nothing else, or an element too, or not at all. */
  #timePasses: 'no' | 'forCommits' | 'always' = 'no'

  constructor(app: Program, options: TestDriverOptions = {}) {
    this.#program = app
    this.clock = options.clock ?? options.beside?.clock ?? new ManualClock(TEST_START_MS)
    this.broker = options.broker ?? options.beside?.broker ?? new MemoryBroker({ clock: this.clock })
    this.#workers = options.workers ?? 1
    this.#limits = options.limits ?? {}
    this.#sleepers = new PatientSleepers(
      this.clock,
      () =>
        this.#trouble.isAwaited || (this.#timePasses === 'always' && this.#session?.waitsForTime === true),
    )
    if (options.seed !== undefined) this.#schedule.choose = chooseBySeed(options.seed)
  }

  /** What happened so far, in order: who had a turn, and what became durable. The same for the same seed. */
  get trace(): readonly string[] {
    return this.#schedule.trace
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
    const producer = await this.#producerOf(topic)
    for (const { value, ...where } of records) await producer.send(value, where)
    await producer.flush()
  }

  /** Writes records without a value: tables of the topic have no row of these keys any more. */
  async remove<T>(topic: Topic<T>, ...keys: readonly Key[]): Promise<void> {
    const producer = await this.#producerOf(topic)
    for (const key of keys) await producer.remove(key)
    await producer.flush()
  }

  /**
   * Processes everything that is in the topics now and commits; windows stay open. Says whether it
   * came to its end or to the point of `crashAt`. Throws what makes the app stop.
   */
  run(options: TestRunOptions = {}): Promise<TestRunEnd> {
    return this.#runTo('untilCaughtUp', options)
  }

  /** As `run`, and then ends the input: all windows close. Time passes for what is delayed. */
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
    await this.#letTimePass()
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

  /**
   * Plays a script: what is put, one record after the other, and what happens in between. The app
   * runs all the while, and is started again after each crash; it is stopped at the end of the
   * script, or drained by `end()`. Time passes by itself only where a commit or a retry waits.
   */
  play(items: readonly PlayItem[], options?: TestRunOptions): Promise<void>
  /** Plays a script for one topic: its values, and what happens in between. */
  play<T>(topic: Topic<T>, items: Script<T>, options?: TestRunOptions): Promise<void>
  async play(...given: unknown[]): Promise<void> {
    const { items, options } = scriptOf(given)
    await this.#lettingTimePass('forCommits', () => play(this, items, options))
  }

  /** Stops the running app after a last commit. */
  async stop(): Promise<TestRunEnd> {
    const session = this.#running()
    session.stop()
    return this.#lettingTimePass('forCommits', () => this.#endOf(session))
  }

  /** Kills the running app: what it did since its last commit is gone. */
  async crash(): Promise<void> {
    const session = this.#running()
    session.crash()
    await this.#endOf(session)
  }

  /** Whether the app was started, and neither stopped nor died since. */
  get isRunning(): boolean {
    return this.#session?.isAlive === true
  }

  /** Kills the app, or one worker, when it comes to this point, in this run or in a later one. Once; undefined takes it back. */
  crashAt(point: CrashPoint | undefined): void {
    this.#crashes.set(point)
  }

  /** Whether the crash that `crashAt` asked for is still to come. */
  get awaitsCrash(): boolean {
    return this.#crashes.isSet
  }

  /**
   * Starts the app again while the present run goes on without knowing it, as after a long pause of
   * its machine. Whatever it tries to commit from now on must be refused.
   */
  async takeOver(options: TestRunOptions = {}): Promise<void> {
    const session = this.#running()
    this.#overtaken.push(session)
    session.beOvertaken()
    session.ended.catch((thrown: unknown) => {
      if (!isOvertaken(thrown)) this.#overtakenFailure ??= thrown as Error
    })
    this.#session = undefined
    await this.start(options)
  }

  /** Lets the broker refuse the next commits, as one whose disk is full or that is away; they are tried again. */
  refuseCommits(times: number, reason: RefusalReason = 'away'): void {
    this.#trouble.refuse(times, reason)
  }

  /** Lets each of the next commits take so long. */
  slowCommits(times: number, duration: Duration): void {
    this.#trouble.slow(times, durationMs(duration, 'the time that a commit takes'))
  }

  /** Moves the time of day without letting time pass, as a correction of the machine's clock does: `'-1h'`, `'2d'`. */
  jumpClock(by: Duration): void {
    const isBack = typeof by === 'number' ? by < 0 : by.startsWith('-')
    const distance = typeof by === 'number' ? Math.abs(by) : by.replace(/^[-+]/, '')
    const ms = durationMs(distance, 'the jump of the clock')
    this.clock.jumpTo(this.clock.now() + (isBack ? -ms : ms))
  }

  /**
   * Resolves when so much of the test's time has passed, for slow functions and sinks under test. In
   * `run`, `drain` and `play` it passes by itself.
   */
  sleep(duration: Duration): Promise<void> {
    const slept = this.#sleepers.sleep(durationMs(duration, 'the time to sleep'))
    void this.#letTimePass()
    return slept
  }

  /** Lets others have their turn, for asynchronous functions under test: the schedule decides when they go on. */
  turn(who = 'a function'): Promise<void> {
    return this.#schedule.turn(who)
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

  async #producerOf<T>(topic: Topic<T>): Promise<Producer<unknown>> {
    await this.#ensure(topic)
    const known = this.#producers.get(topic)
    const producer = known ?? new Producer(this.broker, topic as Topic<unknown>, { clock: this.clock })
    this.#producers.set(topic, producer)
    return producer
  }

  async #runTo(mode: RunMode, options: TestRunOptions): Promise<TestRunEnd> {
    const session = await this.#open(mode, options)
    return this.#lettingTimePass('always', () => this.#endOf(session))
  }

  async #lettingTimePass<R>(when: 'forCommits' | 'always', body: () => Promise<R>): Promise<R> {
    const before = this.#timePasses
    this.#timePasses = when
    void this.#letTimePass()
    try {
      return await body()
    } finally {
      this.#timePasses = before
    }
  }

  async #open(mode: RunMode, options: TestRunOptions): Promise<Session> {
    if (this.#session?.isAlive === false) await this.#endOf(this.#session)
    if (this.#session !== undefined)
      throw new GraphError('OPTION_INVALID', 'the app runs already: stop it first')
    this.#workers = options.workers ?? this.#workers
    if (options.schedule !== undefined) this.#schedule.choose = chooseFrom(options.schedule)
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
      schedule: this.#schedule,
      trouble: this.#trouble,
      limits: this.#limits,
      publish: event => this.#hear(event),
      onSleep: () => {
        if (this.#timePasses === 'always') void this.#letTimePass()
      },
    })
    return this.#session
  }

  async #endOf(session: Session): Promise<TestRunEnd> {
    try {
      const end = (await session.ended) ? 'done' : 'crashed'
      const failure = this.#overtakenFailure
      this.#overtakenFailure = undefined
      if (failure !== undefined) throw failure
      return end
    } finally {
      this.#session = undefined
      this.#sleepers.forgetBackOff()
      for (const overtaken of this.#overtaken) overtaken.crash()
      this.#overtaken = []
    }
  }

  #running(): Session {
    if (this.#session !== undefined) return this.#session
    throw new GraphError('OPTION_INVALID', 'the app does not run: start it first')
  }

  #hear(event: SluiceEvent): void {
    this.events.push(event)
    if (event.type !== 'error' || event.action !== 'retrying') return
    if (event.step !== '' && this.#timePasses === 'always') this.#sleepers.backOff()
    void this.#letTimePass()
  }

  async #letTimePass(): Promise<void> {
    const run = (): Session | undefined => (this.#timePasses === 'no' ? undefined : this.#session)
    await this.#sleepers.pass(run)
  }

  async #ensure(topic: Pick<Topic<never>, 'spec'>): Promise<void> {
    const { name, partitions = 1, rules } = topic.spec
    if ((await this.broker.topic(name)) === undefined) {
      await this.broker.createTopic({ name, partitions, kind: 'user', ...rules })
    }
  }
}

/** What a run may end with that another has taken over from: fenced, or what it read is purged. */
function isOvertaken(thrown: unknown): boolean {
  return thrown instanceof SluiceError && (thrown.code === 'FENCED' || thrown.code === 'OFFSET_OUT_OF_RANGE')
}
