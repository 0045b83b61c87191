/** Scripts: input and mishaps in one list, so that a test is data. Nothing in it sleeps. */
import { GraphError } from '../errors.ts'
import type { Topic } from '../operators/index.ts'
import type { Duration } from '../time/index.ts'
import type { RefusalReason } from './commit-trouble.ts'
import type { CrashMoment, CrashPoint } from './crash.ts'
import type { TestDriver, TestRunOptions } from './test-driver.ts'
import type { TestRecord } from './test-records.ts'

/** More crashes in a row than this are no test any more. */
const MAX_RESTARTS = 100

/** One thing that happens in a script; made by `put`, `pause`, `crash` and so on. */
export class PlayItem {
  /** What happens; for the driver. */
  readonly perform: (stage: Stage) => Promise<void>
  /** The crash that is to come with the item before it. */
  readonly crash: CrashPoint | undefined

  constructor(perform: (stage: Stage) => Promise<void>, crash?: CrashPoint) {
    this.perform = perform
    this.crash = crash
  }
}

/** A record with a key, a timestamp or a partition of its own. */
export class PlacedRecord<T> {
  readonly record: TestRecord<T>
  constructor(record: TestRecord<T>) {
    this.record = record
  }
}

/** The values of one topic, and what happens in between. */
export type Script<T> = readonly (T | PlacedRecord<T> | PlayItem)[]

/** A record with a key, a timestamp or a partition of its own, for `put` and `play`. */
export function record<T>(value: T, where: Omit<TestRecord<T>, 'value'>): PlacedRecord<T> {
  return new PlacedRecord({ value, ...where })
}

/** Writes values to a topic, one after the other: the app processes each before the next one comes. */
export function put<T>(topic: Topic<T>, ...values: readonly (T | PlacedRecord<T>)[]): PlayItem {
  return new PlayItem(async stage => {
    for (const value of values) {
      const placed = value instanceof PlacedRecord ? value.record : { value }
      await stage.driver.feedRecords(topic, [placed])
      await stage.settle()
    }
  })
}

/** Lets time pass: for idle partitions, time-outs, processing time. */
export function pause(duration: Duration): PlayItem {
  return new PlayItem(async stage => {
    await stage.resume()
    await stage.driver.advance(duration)
    await stage.settle()
  })
}

/**
 * Kills the app when it comes to this moment with what was put just before; without anything that
 * leads there, where it stands. By default it has done everything and committed nothing.
 */
export function crash(moment: CrashMoment | CrashPoint = 'beforeCommit'): PlayItem {
  const point = typeof moment === 'string' ? { moment } : moment
  return new PlayItem(async stage => {
    const { driver } = stage
    // It is to come while the app starts again; any other was to come with what was put before.
    driver.crashAt(point.moment === 'whileRestoring' ? point : undefined)
    if (driver.isRunning) await driver.crash()
    await stage.settle()
  }, point)
}

/** Ends the input: everything is processed and all windows close. The app starts again with what follows. */
export function end(): PlayItem {
  return new PlayItem(async stage => {
    await stage.stop()
    for (let runs = 0; (await stage.driver.drain(stage.options())) === 'crashed'; runs++) stage.count(runs)
  })
}

/** Stops the app after a last commit; what is put meanwhile waits for `start`. */
export function stop(): PlayItem {
  return new PlayItem(async stage => {
    await stage.stop()
    stage.isDown = true
  })
}

/** Starts a stopped app. */
export function start(): PlayItem {
  return new PlayItem(async stage => {
    stage.isDown = false
    await stage.settle()
  })
}

/** Stops the app, and starts it with another number of workers. */
export function handOver(workers: number): PlayItem {
  return new PlayItem(async stage => {
    await stage.stop()
    stage.workers = workers
    stage.isDown = false
    await stage.settle()
  })
}

/** Starts the app again while the present run goes on without knowing it; what that commits must be refused. */
export function takeOver(): PlayItem {
  return new PlayItem(async stage => {
    await stage.resume()
    await stage.driver.takeOver(stage.options())
    await stage.settle()
  })
}

/** Lets the broker refuse the next commits, as one whose disk is full or that is away; they are tried again. */
export function refuseCommits(times: number, reason: RefusalReason = 'away'): PlayItem {
  return new PlayItem(async stage => stage.driver.refuseCommits(times, reason))
}

/** Lets each of the next commits take so long. */
export function slowCommits(times: number, duration: Duration): PlayItem {
  return new PlayItem(async stage => stage.driver.slowCommits(times, duration))
}

/** Moves the time of day without letting time pass: `'-1h'`, `'2d'`. */
export function jumpClock(by: Duration): PlayItem {
  return new PlayItem(async stage => stage.driver.jumpClock(by))
}

/** What `TestDriver.play` was given, as items. */
export function scriptOf(given: readonly unknown[]): {
  readonly items: readonly PlayItem[]
  readonly options: TestRunOptions
} {
  if (Array.isArray(given[0])) {
    return { items: given[0] as PlayItem[], options: given[1] ?? {} }
  }
  const topic = given[0] as Topic<unknown>
  const items = (given[1] as Script<unknown>).map(item =>
    item instanceof PlayItem ? item : put(topic, item),
  )
  return { items, options: given[2] ?? {} }
}

/** Plays a script to its end. */
export async function play(
  driver: TestDriver,
  items: readonly PlayItem[],
  options: TestRunOptions,
): Promise<void> {
  const stage = new Stage(driver, options)
  await stage.settle()
  let armed: PlayItem | undefined
  for (const [number, item] of items.entries()) {
    const hasCome = armed === item && !driver.awaitsCrash
    const next = items[number + 1]
    armed = next?.crash === undefined || item.crash !== undefined ? undefined : next
    if (armed !== undefined) driver.crashAt(armed.crash)
    if (!hasCome) await item.perform(stage)
  }
  if (driver.isRunning) await stage.stop()
}

/** What the items of a script act upon. */
class Stage {
  readonly driver: TestDriver
  workers: number | undefined
  /** Whether it was stopped on purpose. */
  isDown = false
  readonly #first: TestRunOptions
  #isFirst = true

  constructor(driver: TestDriver, options: TestRunOptions) {
    this.driver = driver
    this.#first = options
    this.workers = options.workers
  }

  /** The options of the next run. */
  options(): TestRunOptions {
    const workers = this.workers === undefined ? {} : { workers: this.workers }
    const options = this.#isFirst ? { ...this.#first, ...workers } : workers
    this.#isFirst = false
    return options
  }

  /** Lets everything happen that is about to happen; a dead app is started again. */
  async settle(): Promise<void> {
    for (let restarts = 0; !this.isDown; restarts++) {
      this.count(restarts)
      await this.resume()
      await this.driver.settle()
      if (this.driver.isRunning) return
    }
  }

  /** Starts the app unless it runs. */
  async resume(): Promise<void> {
    if (this.driver.isRunning) return
    await this.driver.start(this.options())
  }

  async stop(): Promise<void> {
    await this.settle()
    if (this.driver.isRunning) await this.driver.stop()
  }

  count(restarts: number): void {
    if (restarts < MAX_RESTARTS) return
    throw new GraphError('OPTION_INVALID', `the app was started ${restarts} times and died each time`)
  }
}
