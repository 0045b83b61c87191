/**
 * What is settled before any worker runs: topics exist, the number of shards is known, what earlier
 * runs left fits this program, and where this run ends.
 */
import {
  type Broker,
  type Group,
  type InputPosition,
  offsetOutOfRange,
  type TopicInfo,
} from '../broker/index.ts'
import { decodeProgress } from '../engine/index.ts'
import { BrokerError, StateError, UsageError } from '../errors.ts'
import type { Graph } from '../graph/index.ts'
import { deadLetterTopic, repartitionTopic, retryTopic, stateTopics } from './names.ts'
import { pausedSince } from './pause.ts'
import { checkRenaming, renamedState, renameState, type StateRename } from './rename-state.ts'
import { checkSavepoint, type FromSavepoint, loadSavepoint } from './savepoint/load-savepoint.ts'
import { checkState, fingerprintsOf } from './state-fit.ts'
import { loadingOf, type StoredFacts, storedFacts, unfinishedLoad } from './stored-facts.ts'

/** How a run ends: by itself never, when it has caught up, or as the end of all input. */
export type RunMode = 'continuous' | 'untilCaughtUp' | 'drain'

/** What all workers of a run must know; plain data, so that it can be sent to other processes. */
export interface RunFacts {
  readonly app: string
  readonly mode: RunMode
  /** Counts the runs of the app, so that end marks of earlier runs end nothing. */
  readonly run: number
  readonly shards: number
  /** Topic → number of partitions, of all topics that the graph reads or writes. */
  readonly partitions: Readonly<Record<string, number>>
  /** Exchanges that still hold something of an earlier run, and so are not left out in this one. */
  readonly held: readonly string[]
  /** Whether a repartition topic has not been read to its end: then one worker, too, goes on through topics. */
  readonly backlog: boolean
  /** Topic → the offset at which each partition ends in this run; empty for a continuous one. */
  readonly ends: Readonly<Record<string, readonly number[]>>
}

/** Options of `prepareRun`. */
export interface PrepareOptions {
  readonly mode: RunMode
  /** The number of shards that the program asks for. */
  readonly shards: number | undefined
  /** Steps whose state of earlier runs is to be dropped. */
  readonly dropState: readonly string[]
  /** Steps that have another id than what they left. */
  readonly renameState?: readonly StateRename[] | undefined
  /** The savepoint that the run starts from. */
  readonly fromSavepoint?: FromSavepoint | undefined
}

/** Checks and makes what a run needs. Only for the holder of the app's lease. */
export async function prepareRun(
  broker: Broker,
  group: Group,
  graph: Graph,
  options: PrepareOptions,
): Promise<RunFacts> {
  const { fromSavepoint, dropState, renameState: renames = [] } = options
  const since = await pausedSince(group)
  if (since !== undefined && options.mode !== 'continuous') {
    throw new UsageError(
      `app "${group.id}" is paused since ${new Date(since).toISOString()}, so a run that is to come to an end would wait: "sluice resume ${group.id}" first`,
    )
  }
  const loading = loadingOf(await group.fact('loading'))
  if (loading !== undefined && fromSavepoint === undefined) throw unfinishedLoad(group.id, loading)
  const isAgain = fromSavepoint === undefined && (await checkRenaming(group, renames))
  const inputs = await ensureInputs(broker, graph)
  const savepoint =
    fromSavepoint === undefined ? undefined : await checkSavepoint(broker, group, fromSavepoint)
  const stored = savepoint?.head ?? (await storedFacts(group))
  const shards = shardsOf(group, stored, {
    wanted: options.shards,
    largest: Math.max(...Object.values(inputs)),
  })
  const current = fingerprintsOf(graph)
  const left = renamedState(stored.state, { renames, isAgain })
  checkState(group.id, { graph, stored: left, current, dropState })
  // Nothing was changed so far, and nothing is refused from here on.
  if (savepoint !== undefined) await loadSavepoint(broker, group, savepoint)
  await group.setFact('shards', shards)
  await renameState(broker, group, { stored: stored.state, renames })
  for (const step of dropState) await dropStep(broker, group, step)
  await group.setFact('state', current)
  await checkPositions(broker, group, graph)
  const outputs = await ensureOutputs(broker, group.id, graph, shards)
  const run = Number((await group.fact('run')) ?? 0) + 1
  await group.setFact('run', run)
  const ends: Record<string, readonly number[]> = {}
  if (options.mode !== 'continuous') {
    const retries = retryTopic(group.id)
    for (const topic of [...Object.keys(inputs), ...(retries in outputs ? [retries] : [])]) {
      ends[topic] = (await broker.partitions(topic)).map(partition => partition.end)
    }
  }
  const leftovers = await findLeftovers(broker, group, graph)
  return {
    app: group.id,
    mode: options.mode,
    run,
    ...leftovers,
    shards,
    partitions: { ...outputs, ...inputs },
    ends,
  }
}

async function ensureInputs(broker: Broker, graph: Graph): Promise<Record<string, number>> {
  const partitions: Record<string, number> = {}
  for (const step of graph.steps) {
    if (step.kind !== 'source') continue
    const { name, partitions: wanted, rules } = step.topic
    if (wanted !== undefined && (await broker.topic(name)) === undefined) {
      await broker.createTopic({ name, partitions: wanted, kind: 'user', ...rules })
    }
    const topic = await broker.topic(name)
    if (topic === undefined) {
      throw new BrokerError(
        'TOPIC_UNKNOWN',
        `topic "${name}", which app "${graph.name}" reads, does not exist on ${broker.url}; make it with "sluice topic create ${name} --partitions N", or say app.topic("${name}", { partitions })`,
      )
    }
    partitions[name] = topic.partitions
  }
  return partitions
}

/** A position behind the end of its topic is one in another topic of that name: a run up to the end would find nothing to do. */
async function checkPositions(broker: Broker, group: Group, graph: Graph): Promise<void> {
  const positions = await group.positions()
  for (const step of graph.steps) {
    if (step.kind !== 'source') continue
    const { name } = step.topic
    const bounds = await broker.partitions(name)
    for (const { step: id, topic = name, partition, next } of positions) {
      const bound = id === step.id && topic === name ? bounds[partition] : undefined
      if (bound !== undefined && next > bound.end) throw offsetOutOfRange(name, partition, next, bound)
    }
  }
}

function shardsOf(
  group: Group,
  { shards: stored }: StoredFacts,
  { wanted, largest }: { readonly wanted: number | undefined; readonly largest: number },
): number {
  if (stored === undefined) return wanted ?? largest
  if (wanted === undefined || wanted === stored) return stored
  throw new StateError(
    'STATE_MISMATCH',
    `app "${group.id}" was first run with ${stored} shards, and its state is divided into these; the program now says ${wanted}: say ${stored}, or "sluice group reset ${group.id}" and process everything again`,
  )
}

async function ensureOutputs(
  broker: Broker,
  app: string,
  graph: Graph,
  shards: number,
): Promise<Record<string, number>> {
  const partitions: Record<string, number> = {}
  const make = async (topic: TopicInfo): Promise<void> => {
    const known = topic.kind === 'user' ? await broker.topic(topic.name) : undefined
    if (known === undefined) await broker.createTopic(topic)
    partitions[topic.name] = known?.partitions ?? topic.partitions
  }
  const ensure = (name: string, kind: TopicInfo['kind'], count: number): Promise<void> =>
    make({ name, kind, partitions: count })
  for (const step of graph.steps) {
    if (step.kind === 'sink' && step.target.kind === 'topic') {
      const { name, partitions: wanted = shards, rules } = step.target.topic
      await make({ name, kind: 'user', partitions: wanted, ...rules })
    }
    if (step.kind === 'exchange') await ensure(repartitionTopic(app, step.id), 'repartition', shards)
    if (step.kind === 'process' && step.logic.kind === 'kernel') {
      const topics = stateTopics(app, step.id)
      await ensure(topics.changelog, 'changelog', shards)
      await ensure(topics.snapshot, 'snapshot', shards)
    }
  }
  const writesLetters = graph.steps.some(step => step.onError.final === 'deadLetter')
  // A program that was mended may write none any more, and still has to take back those of before.
  if (writesLetters || (await broker.topic(deadLetterTopic(app))) !== undefined) {
    await ensure(deadLetterTopic(app), 'user', shards)
    await ensure(retryTopic(app), 'repartition', shards)
  }
  return partitions
}

/** What earlier runs left between and behind exchanges. */
async function findLeftovers(
  broker: Broker,
  group: Group,
  graph: Graph,
): Promise<Pick<RunFacts, 'held' | 'backlog'>> {
  const positions = await fenceEarlierRuns(group)
  const held: string[] = []
  let backlog = false
  for (const step of graph.steps) {
    if (step.kind !== 'exchange') continue
    const bounds = await broker.partitions(repartitionTopic(group.id, step.id))
    const isUnread = bounds.some(({ start, end }) => end > start)
    const isInFlight = positions.some(
      ({ step: id, progress }) => id === step.id && decodeProgress(progress).inFlight.length > 0,
    )
    if (isUnread) backlog = true
    if (isUnread || isInFlight) held.push(step.id)
  }
  return { held, backlog }
}

/** Takes all positions over, so that no worker of an earlier run can add to what is found after this. */
async function fenceEarlierRuns(group: Group): Promise<readonly InputPosition[]> {
  const positions = await group.positions()
  if (positions.length === 0) return []
  return group.claim(positions.map(({ step, partition, next }) => ({ step, partition, initial: next })))
}

async function dropStep(broker: Broker, group: Group, step: string): Promise<void> {
  const { changelog, snapshot } = stateTopics(group.id, step)
  await broker.deleteTopic(changelog)
  await broker.deleteTopic(snapshot)
  // else the position of a step that is gone would hold up the retention of its topic for ever
  await group.forget(step)
}
