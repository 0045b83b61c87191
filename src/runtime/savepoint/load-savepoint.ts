/**
 * Starts an app from a savepoint: what the group had is replaced by what the file holds.
 *
 * The file is read twice: first whole, so that a damaged one changes nothing, then row by row. What is
 * written cannot be one commit, so the group says `loading` from before the first change until after the
 * last: a run that finds it refuses, unless it is to start from a savepoint again.
 */
import type { Append, Broker, EncodedBatch, Group } from '../../broker/index.ts'
import { BrokerError, StateError } from '../../errors.ts'
import { RawSnapshot } from '../../state/index.ts'
import { systemClock } from '../../time/index.ts'
import { DEAD_LETTERS_STEP } from '../dead-letters.ts'
import { deadLetterTopic, repartitionTopic, stateTopics } from '../names.ts'
import { loadingOf, ownTopics } from '../stored-facts.ts'
import {
  readSavepoint,
  type SavepointHead,
  type SavepointPosition,
  type SavepointRecords,
} from './savepoint-file.ts'

/** So many rows are read before others have their turn. */
const BREATHE_ROWS = 2000

/** The savepoint that a run starts from. */
export interface FromSavepoint {
  readonly file: string
  /** Whether what the app has on the broker may be replaced. */
  readonly force?: boolean
}

/** A savepoint that was read to its end, and may be loaded. */
export interface CheckedSavepoint {
  readonly file: string
  readonly head: SavepointHead
  readonly positions: readonly SavepointPosition[]
}

/**
 * Reads a savepoint to its end, and checks that an app can start from it on this broker; changes nothing.
 * What cannot be checked is that the topics hold the same records as where the savepoint was taken.
 */
export async function checkSavepoint(
  broker: Broker,
  group: Group,
  { file, force = false }: FromSavepoint,
): Promise<CheckedSavepoint> {
  let head: SavepointHead | undefined
  const positions: SavepointPosition[] = []
  let rows = 0
  for (const row of readSavepoint(file)) {
    if (row.kind === 'head') head = row
    if (row.kind === 'position') positions.push(row)
    if (++rows % BREATHE_ROWS === 0) await systemClock.yield()
  }
  if (head === undefined) throw new StateError('STATE_CORRUPT', `the savepoint ${file} has no head`)
  if (head.app !== group.id) {
    throw new StateError(
      'STATE_MISMATCH',
      `the savepoint ${file} is of app "${head.app}", and this program is app "${group.id}": name a savepoint of this one`,
    )
  }
  if (!force) await checkNew(group, file)
  for (const position of positions) await checkPosition(broker, head, position)
  return { file, head, positions }
}

/** Replaces what the group has by the savepoint. Only for the holder of the lease. */
export async function loadSavepoint(
  broker: Broker,
  group: Group,
  savepoint: CheckedSavepoint,
): Promise<void> {
  const { file, head, positions } = savepoint
  await group.setFact('loading', { from: file })
  await clear(broker, group)
  await new Loader(broker, savepoint).load()
  await setPositions(broker, group, positions)
  await group.setFact('shards', head.shards)
  await group.setFact('run', head.run)
  await group.setFact('state', head.state)
  await group.setFact('loading', undefined)
}

async function checkNew(group: Group, file: string): Promise<void> {
  if (loadingOf(await group.fact('loading')) !== undefined) return
  const isNew = (await group.positions()).length === 0 && (await group.fact('state')) === undefined
  if (isNew) return
  throw new StateError(
    'STATE_MISMATCH',
    `app "${group.id}" has run on this broker before, and would lose its positions and state: start it without --from-savepoint, or replace them by those of ${file} with --force. Nothing was changed.`,
  )
}

/** Compares a position with its topic, as far as can be told. */
async function checkPosition(
  broker: Broker,
  head: SavepointHead,
  position: SavepointPosition,
): Promise<void> {
  const { topic, partition, next, step } = position
  const partitions = topic === null ? undefined : head.topics[topic]
  if (topic === null || partitions === undefined || step === DEAD_LETTERS_STEP) return
  const info = await broker.topic(topic)
  if (info === undefined) {
    throw new BrokerError(
      'TOPIC_UNKNOWN',
      `the savepoint stands at offset ${next} of topic "${topic}", partition ${partition}, which does not exist on ${broker.url}: bring the topic there first, with its records at the same offsets. Nothing was changed.`,
    )
  }
  if (info.partitions !== partitions) {
    throw new StateError(
      'STATE_MISMATCH',
      `topic "${topic}" had ${partitions} partitions when the savepoint was taken, and has ${info.partitions} on ${broker.url}: it is not the same topic. Nothing was changed.`,
    )
  }
  const bounds = (await broker.partitions(topic))[partition]
  if (bounds !== undefined && (next > bounds.end || next < bounds.start)) {
    throw new BrokerError(
      'OFFSET_OUT_OF_RANGE',
      `the savepoint stands at offset ${next} of topic "${topic}", partition ${partition}, which on ${broker.url} holds the offsets from ${bounds.start} to ${bounds.end}: it is not the same topic, or not all of it is there yet. Nothing was changed.`,
    )
  }
}

async function clear(broker: Broker, group: Group): Promise<void> {
  for (const { name } of ownTopics(group.id, await broker.topics(), await broker.groups())) {
    await broker.deleteTopic(name)
  }
  for (const step of new Set((await group.positions()).map(position => position.step))) {
    await group.forget(step)
  }
  for (const name of ['shards', 'state', 'run', 'renaming']) await group.setFact(name, undefined)
}

async function setPositions(
  broker: Broker,
  group: Group,
  positions: readonly SavepointPosition[],
): Promise<void> {
  const name = deadLetterTopic(group.id)
  const letters = (await broker.topic(name)) === undefined ? [] : await broker.partitions(name)
  // What was handled of dead letters says nothing where they are not: others would count as handled.
  const wanted = positions.filter(
    ({ step, partition, next }) => step !== DEAD_LETTERS_STEP || next <= (letters[partition]?.end ?? -1),
  )
  const claimed = await group.claim(
    wanted.map(({ step, partition, next, topic }) => ({
      step,
      partition,
      initial: next,
      ...(topic === null ? {} : { topic }),
    })),
  )
  const inputs = claimed.map((position, index) => ({
    ...position,
    from: position.next,
    progress: wanted[index]?.progress ?? position.progress,
  }))
  await group.commit({ inputs, appends: [], purges: [] })
}

/** Writes records and state into the app's topics. */
class Loader {
  readonly #broker: Broker
  readonly #head: SavepointHead
  readonly #file: string
  readonly #made = new Set<string>()
  #snapshot: RawSnapshot | undefined
  #place: Pick<Append, 'topic' | 'partition'> = { topic: '', partition: 0 }

  constructor(broker: Broker, { head, file }: CheckedSavepoint) {
    this.#broker = broker
    this.#head = head
    this.#file = file
  }

  async load(): Promise<void> {
    const { app, state, shards } = this.#head
    for (const [step, fingerprint] of Object.entries(state)) {
      if (fingerprint !== 'exchange') continue
      await this.#make(repartitionTopic(app, step), 'repartition', shards)
    }
    let rows = 0
    for (const row of readSavepoint(this.#file)) {
      switch (row.kind) {
        case 'records':
          await this.#records(row)
          break
        case 'shard':
          await this.#shard(row.step, row.shard)
          break
        case 'entry':
          await this.#append(this.#snapshot?.add(row))
          break
        case 'head':
        case 'position':
        case 'end':
          break
      }
      if (++rows % BREATHE_ROWS === 0) await systemClock.yield()
    }
    await this.#endShard()
  }

  async #records({ topic, partition, count, maxTimestamp, bytes }: SavepointRecords): Promise<void> {
    await this.#make(topic, 'repartition', this.#head.shards)
    await this.#broker.produce([{ topic, partition, batch: { count, maxTimestamp, bytes } }])
  }

  async #shard(step: string, shard: number): Promise<void> {
    await this.#endShard()
    const { changelog, snapshot } = stateTopics(this.#head.app, step)
    await this.#make(changelog, 'changelog', this.#head.shards)
    await this.#make(snapshot, 'snapshot', this.#head.shards)
    this.#place = { topic: snapshot, partition: shard }
    this.#snapshot = new RawSnapshot(0, systemClock.now())
  }

  async #endShard(): Promise<void> {
    await this.#append(this.#snapshot?.rest())
    await this.#append(this.#snapshot?.end())
    this.#snapshot = undefined
  }

  async #append(batch: EncodedBatch | undefined): Promise<void> {
    if (batch !== undefined) await this.#broker.produce([{ ...this.#place, batch }])
  }

  async #make(
    name: string,
    kind: 'repartition' | 'changelog' | 'snapshot',
    partitions: number,
  ): Promise<void> {
    if (this.#made.has(name)) return
    this.#made.add(name)
    await this.#broker.createTopic({ name, kind, partitions })
  }
}
