/** What happens to a simulated program, as data, and how it is made to happen. */
import { bytes, SluiceError, Topic } from 'sluice'
import { type CrashPoint, TestDriver, type TestRunEnd } from 'sluice/testing'
import { type Built, build, OOPS, type World } from './build.ts'
import { type Element, timestampOf } from './elements.ts'
import { type Program, resolve } from './program.ts'
import type { Scenario } from './scenario.ts'

/** A reading before it has a time: times drift forward as readings are made. */
export interface RawReading {
  readonly key: number
  readonly partition: number
  readonly stepMs: number
  readonly delayMs: number
  readonly value: number
  /** A record that cannot be decoded. */
  readonly broken: boolean
}

/** How many workers run from here on, and in which order things happen then. */
export interface RunOptions {
  readonly workers: number
  readonly schedule: readonly number[]
}

/** One thing that happens. */
export type Happening =
  | {
      readonly kind: 'feed'
      readonly topic: number
      readonly readings: readonly RawReading[]
      /** Whether a running app takes everything in before anything else happens. */
      readonly settles: boolean
    }
  /** Runs until it has caught up. */
  | ({ readonly kind: 'run' } & RunOptions)
  /** Runs live from here on; a running app is stopped before. */
  | ({ readonly kind: 'start' } & RunOptions)
  | ({ readonly kind: 'takeOver' } & RunOptions)
  | ({ readonly kind: 'drain' } & RunOptions)
  | { readonly kind: 'stop' }
  /** From here on the program says which topics are keyed, so that exchanges are left out. */
  | { readonly kind: 'declare' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'crashAt'; readonly point: CrashPoint }
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly times: number; readonly reason: 'full' | 'away' }
  | { readonly kind: 'slow'; readonly times: number; readonly ms: number }

const MAX_FAILURES = 200
/** So many turns of the event loop without anything happening, and nothing ever will. */
const MAX_IDLE_TURNS = 1000
/** So much, and there is no end to it. */
const MAX_TRACE = 200_000

/** What happenings act upon. */
export class Stage {
  driver: TestDriver
  built: Built
  readonly #program: Program
  readonly #scenario: Scenario
  readonly #world: World
  /** By the number of a record: how many were written before those that it was written with. */
  readonly writtenBefore: number[] = []
  /** How many records had been written when the input was ended in the middle. */
  readonly drains: number[] = []
  #traceBefore: readonly string[] = []
  #id = 0
  #now = 1000

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    this.#program = resolve(scenario.program, scenario)
    this.#world = { turn: () => this.driver.turn(), calls: new Map(), declared: false }
    this.built = build(this.#program, this.#world)
    this.driver = new TestDriver(this.built.app, { limits: scenario.limits })
  }

  get program(): Program {
    return this.#program
  }

  /** What happened so far, turn by turn. */
  get trace(): readonly string[] {
    return [...this.#traceBefore, ...this.driver.trace]
  }

  async perform(happening: Happening): Promise<void> {
    const { driver } = this
    const timeMayPass = !this.#program.usesRecordTime
    switch (happening.kind) {
      case 'feed':
        await this.#feed(happening.topic % this.built.inputs.length, happening.readings)
        return happening.settles && driver.isRunning ? this.#tolerate(() => driver.settle()) : undefined
      case 'run':
        await this.#stop()
        return this.#tolerate(() => driver.run(happening))
      case 'drain':
        await this.#stop()
        this.drains.push(this.#id)
        return this.#tolerate(() => driver.drain(happening))
      case 'start':
        await this.#stop()
        return this.#tolerate(() => driver.start(happening))
      case 'takeOver':
        if (driver.isRunning) return this.#tolerate(() => driver.takeOver(happening))
        return this.#tolerate(() => driver.start(happening))
      case 'stop':
        return this.#stop()
      case 'declare':
        return this.#declare()
      case 'crash':
        // It may be failing by itself just then.
        return driver.isRunning ? this.#tolerate(() => driver.crash()) : undefined
      case 'crashAt':
        return driver.crashAt(happening.point)
      case 'pause':
        return timeMayPass ? this.#tolerate(() => driver.advance(happening.ms)) : undefined
      case 'jump':
        return timeMayPass ? driver.jumpClock(happening.ms) : undefined
      case 'refuse':
        return timeMayPass ? driver.refuseCommits(happening.times, happening.reason) : undefined
      case 'slow':
        return timeMayPass ? driver.slowCommits(happening.times, happening.ms) : undefined
    }
  }

  /** Ends the input, however often that takes. */
  async end(): Promise<void> {
    await this.#stop()
    let end: TestRunEnd | undefined
    for (let failures = 0; end !== 'done'; failures++) {
      if (failures > MAX_FAILURES) throw new Error('the program does not come to its end')
      await this.#tolerate(async () => {
        end = await this.driver.drain()
      })
    }
  }

  async #feed(topic: number, raw: readonly RawReading[]): Promise<void> {
    const input = this.built.inputs[topic]
    if (input === undefined) return
    const partitions = input.spec.partitions ?? 1
    const keyed = this.#program.topics[topic]?.keyed === true
    const where = (partition: number, key: string) =>
      keyed ? { key } : { partition: partition % partitions }
    const before = this.#id
    const broken = raw.filter(reading => reading.broken)
    const records = raw
      .filter(reading => !reading.broken)
      .map(reading => {
        const value = this.#reading(reading)
        this.writtenBefore[Number(value.id)] = before
        return { value, timestamp: timestampOf(value), ...where(reading.partition, value.key) }
      })
    await this.driver.feedRecords(input, records)
    if (broken.length === 0) return
    const garbage = new Topic(input.name, { value: bytes(), partitions })
    await this.driver.feedRecords(
      garbage,
      broken.map(({ partition, key }) => ({
        value: Buffer.from(`{"id":${key}`),
        partition: partition % partitions,
      })),
    )
  }

  #reading({ key, stepMs, delayMs, value }: RawReading): Element {
    const { scale } = this.#scenario
    this.#now += stepMs * scale
    const time = this.#now - delayMs * scale
    return { id: String(++this.#id), key: `k${key}`, time, value, list: [] }
  }

  /** A new version of the program, on the same broker. */
  async #declare(): Promise<void> {
    await this.#stop()
    const { broker, clock, trace } = this.driver
    this.#traceBefore = [...this.#traceBefore, ...trace]
    this.#world.declared = true
    this.built = build(this.#program, this.#world)
    this.driver = new TestDriver(this.built.app, { broker, clock, limits: this.#scenario.limits })
  }

  async #stop(): Promise<void> {
    if (this.driver.isRunning) await this.#tolerate(() => this.driver.stop())
  }

  /** A simulated function may fail, and a broker may be away when the app stops: then the run is over. */
  async #tolerate(act: () => Promise<unknown>): Promise<void> {
    const watch = new AbortController()
    try {
      await Promise.race([act(), this.#failWhenStuck(watch.signal)])
    } catch (thrown) {
      const isMeant = thrown instanceof Error && thrown.message.includes(OOPS)
      if (!isMeant && !(thrown instanceof SluiceError && thrown.retryable)) throw thrown
    } finally {
      watch.abort()
    }
  }

  /** Everything in a simulation waits for the schedule or for time, so it can be told when nothing will come. */
  async #failWhenStuck(signal: AbortSignal): Promise<void> {
    let length = -1
    for (let idle = 0; idle < MAX_IDLE_TURNS; idle++) {
      await new Promise(resolve => setImmediate(resolve))
      if (signal.aborted) return
      if (this.driver.trace.length > MAX_TRACE) throw new Error('it goes on for ever')
      if (this.driver.trace.length !== length) idle = 0
      length = this.driver.trace.length
    }
    throw new Error('it waits for something that never comes')
  }
}
