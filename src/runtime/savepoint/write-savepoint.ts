/**
 * Takes a savepoint: one moment of one app, of a stopped or a running one, in a file of its own.
 *
 * All of it is read from one `Moment`, so it is what one commit of the app left: positions with their
 * progress, state, and what lies between its tasks. State is read shard by shard; no more than one shard
 * of one step is in memory.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Broker, InputPosition, Moment } from '../../broker/index.ts'
import { RETRY_STEP } from '../../engine/index.ts'
import { UsageError } from '../../errors.ts'
import { RawState, restoreState } from '../../state/index.ts'
import { systemClock } from '../../time/index.ts'
import { repartitionTopic, retryTopic, stateTopics } from '../names.ts'
import { renamesOf, unfinishedRenames } from '../rename-state.ts'
import { isStateful, loadingOf, unfinishedLoad } from '../stored-facts.ts'
import { type SavepointHead, SavepointWriter } from './savepoint-file.ts'

/** So many entries are written before others have their turn. */
const BREATHE_ENTRIES = 2000

/** Options of `createSavepoint`. */
export interface SavepointOptions {
  /** What it is called; empty unless given. */
  readonly name?: string
  /** Whether a file that is there may be replaced. */
  readonly force?: boolean
  /** Aborting it leaves no file. */
  readonly signal?: AbortSignal
  /** Hears how many entries of state were written. */
  readonly progress?: (entries: number) => void
}

/** What a savepoint holds. */
export interface SavepointSummary {
  readonly app: string
  readonly name: string
  /** When it was begun, epoch milliseconds. */
  readonly createdAt: number
  readonly shards: number
  /** Steps with state: how many entries each has. */
  readonly entries: Readonly<Record<string, number>>
  /** Records between its tasks that were not processed yet. */
  readonly records: number
}

/**
 * Writes a savepoint of an app to a file, which appears when it is complete. The app may run meanwhile: it is
 * as one commit left it. Throws `USAGE` where there is no such app, or the file is there and `force` is not
 * given, `BROKER_FULL` when the disk is full; the file is not made then.
 *
 * ```ts
 * await createSavepoint(broker, 'sensor-sums', './before-upgrade.savepoint')
 * ```
 */
export async function createSavepoint(
  broker: Broker,
  app: string,
  file: string,
  options: SavepointOptions = {},
): Promise<SavepointSummary> {
  checkPlace(file, options.force ?? false)
  const moment = await broker.moment()
  try {
    return await new SavepointTaker(moment, app, options).write(file)
  } finally {
    await moment.close()
  }
}

class SavepointTaker {
  readonly #moment: Moment
  readonly #app: string
  readonly #options: SavepointOptions
  readonly #entries: Record<string, number> = {}
  #written = 0
  #records = 0

  constructor(moment: Moment, app: string, options: SavepointOptions) {
    this.#moment = moment
    this.#app = app
    this.#options = options
  }

  async write(file: string): Promise<SavepointSummary> {
    const positions = await this.#moment.positions(this.#app)
    const head = await this.#head(positions)
    const writer = new SavepointWriter(file)
    try {
      writer.write(head)
      const own = await this.#ownTopics(head)
      const bases = await this.#writePositions(positions, own, writer)
      this.#writeRecords(bases, writer)
      for (const step of Object.keys(head.state)) await this.#writeState(step, head.shards, writer)
      this.#check()
      writer.finish()
    } finally {
      writer.abandon()
    }
    const { app, name, createdAt, shards } = head
    return { app, name, createdAt, shards, entries: this.#entries, records: this.#records }
  }

  async #head(positions: readonly InputPosition[]): Promise<SavepointHead> {
    const fact = (name: string): Promise<unknown> => this.#moment.fact(this.#app, name)
    const loading = loadingOf(await fact('loading'))
    if (loading !== undefined) throw unfinishedLoad(this.#app, loading)
    const renames = renamesOf(await fact('renaming'))
    if (renames !== undefined) throw unfinishedRenames(this.#app, renames)
    const state = await fact('state')
    const shards = await fact('shards')
    if (typeof shards !== 'number' || typeof state !== 'object' || state === null) {
      throw new UsageError(
        `there is no app "${this.#app}" on ${this.#moment.url} that has run: "sluice group list" shows those that have`,
      )
    }
    const topics: Record<string, number> = {}
    for (const { topic } of positions) {
      const info = topic === undefined ? undefined : await this.#moment.topic(topic)
      if (info?.kind === 'user') topics[info.name] = info.partitions
    }
    return {
      kind: 'head',
      app: this.#app,
      name: this.#options.name ?? '',
      createdAt: systemClock.now(),
      madeBy: `sluice on node ${process.versions.node}`,
      broker: this.#moment.url,
      shards,
      run: Number((await fact('run')) ?? 0),
      // Only fingerprints are stored there.
      state: state as Readonly<Record<string, string>>,
      topics,
    }
  }

  /** What lies between the app's tasks: by topic, the step that reads it. */
  async #ownTopics({ state }: SavepointHead): Promise<ReadonlyMap<string, string>> {
    const wanted = Object.keys(state)
      .filter(step => state[step] === 'exchange')
      .map(step => [repartitionTopic(this.#app, step), step] as const)
    const found = new Map<string, string>()
    for (const [topic, step] of [...wanted, [retryTopic(this.#app), RETRY_STEP] as const]) {
      if ((await this.#moment.topic(topic)) !== undefined) found.set(topic, step)
    }
    return found
  }

  /** Positions in the app's own topics count from the first record that is kept. */
  async #writePositions(
    positions: readonly InputPosition[],
    own: ReadonlyMap<string, string>,
    writer: SavepointWriter,
  ): Promise<readonly OwnLog[]> {
    const logs: OwnLog[] = []
    const written = new Set<InputPosition>()
    for (const [topic, step] of own) {
      for (const [partition, { start }] of (await this.#moment.partitions(topic)).entries()) {
        const position = positions.find(each => each.step === step && each.partition === partition)
        const from = position?.next ?? start
        logs.push({ topic, partition, from })
        if (position === undefined) continue
        written.add(position)
        const next = from - this.#firstOffset(topic, partition, from)
        writer.write({ kind: 'position', step, partition, topic, next, progress: position.progress })
      }
    }
    for (const position of positions) {
      if (written.has(position)) continue
      const { step, partition, topic = null, next, progress } = position
      writer.write({ kind: 'position', step, partition, topic, next, progress })
    }
    return logs
  }

  /** Where the batch begins that holds an offset: batches are kept whole. */
  #firstOffset(topic: string, partition: number, from: number): number {
    const reader = this.#moment.reader(topic, partition, from)
    try {
      return reader.poll()?.baseOffset ?? from
    } finally {
      reader.close()
    }
  }

  #writeRecords(logs: readonly OwnLog[], writer: SavepointWriter): void {
    for (const { topic, partition, from } of logs) {
      const reader = this.#moment.reader(topic, partition, from)
      for (let batch = reader.poll(); batch !== undefined; batch = reader.poll()) {
        const { count, maxTimestamp, bytes } = batch
        writer.write({ kind: 'records', topic, partition, count, maxTimestamp, bytes })
        this.#records += count - Math.max(0, from - batch.baseOffset)
        this.#check()
      }
      reader.close()
    }
  }

  async #writeState(step: string, shards: number, writer: SavepointWriter): Promise<void> {
    const topics = stateTopics(this.#app, step)
    if (!(await isStateful(this.#moment, this.#app, step))) return
    this.#entries[step] = 0
    for (let shard = 0; shard < shards; shard++) {
      const state = new RawState()
      await restoreState(this.#moment, topics, shard, state, () => this.#breathe())
      writer.write({ kind: 'shard', step, shard })
      for (const entry of state.entries()) {
        writer.write({ kind: 'entry', ...entry })
        this.#entries[step]++
        if (++this.#written % BREATHE_ENTRIES === 0) await this.#breathe()
      }
    }
  }

  async #breathe(): Promise<void> {
    this.#options.progress?.(this.#written)
    await systemClock.yield()
    this.#check()
  }

  #check(): void {
    if (this.#options.signal?.aborted === true) throw new UsageError('stopped; no savepoint was made')
  }
}

/** A partition of one of the app's own topics, and where its reader stands. */
interface OwnLog {
  readonly topic: string
  readonly partition: number
  readonly from: number
}

function checkPlace(file: string, force: boolean): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) throw new UsageError(`${file} is a folder: name a file in it`)
  if (found !== undefined && !force) {
    throw new UsageError(`there is a file ${file} already: name another one, or replace it with --force`)
  }
  if (!existsSync(dirname(file))) throw new UsageError(`there is no folder ${dirname(file)}: make it first`)
}
