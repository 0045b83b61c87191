/** What a broker knows of an app: where it stands, and whether it runs now. */
import type { Broker, PartitionInfo } from '../broker/index.ts'
import { isSinkRow, RETRY_STEP } from '../engine/index.ts'
import { LeaseError } from '../errors.ts'
import {
  DEAD_LETTERS_STEP,
  type Holder,
  pausedSince,
  repartitionTopic,
  retryTopic,
  storedFacts,
} from '../runtime/index.ts'

/** Where an app stands with one partition of one of its inputs. */
export interface GroupInput {
  readonly step: string
  readonly partition: number
  /** The topic that the step reads; null when it is gone. */
  readonly topic: string | null
  /** The offset of the next record. */
  readonly position: number
  /** The offset that the next record of the topic will get. */
  readonly end: number | null
  readonly lag: number | null
  readonly epoch: number
}

/** An app as the broker knows it. */
export interface GroupState {
  readonly name: string
  readonly running: boolean
  /** The process that runs it, or null. */
  readonly pid: number | null
  /** Since when it is paused, epoch milliseconds, or null. */
  readonly pausedSince: number | null
  readonly shards: number | null
  /** How often it was started. */
  readonly runs: number
  /** What each step left behind, by step. */
  readonly state: Readonly<Record<string, string>>
  readonly inputs: readonly GroupInput[]
}

const SOURCE = 'source '

/** Asks the broker; changes nothing. */
export async function readGroupState(broker: Broker, name: string): Promise<GroupState> {
  const group = broker.group(name)
  const { state, shards } = await storedFacts(group)
  const holder = (await group.fact('holder')) as Holder | undefined
  const running = await isRunning(broker, name)
  const bounds = new Map<string, readonly PartitionInfo[]>()
  const inputs: GroupInput[] = []
  for (const { step, partition, next, epoch } of await group.positions()) {
    // What was handled of the dead letters, and the commits of sinks, are no inputs of the app.
    if (step === DEAD_LETTERS_STEP || isSinkRow(step)) continue
    const topic = topicOfStep(name, step, state[step])
    const known = bounds.get(topic) ?? (await boundsOf(broker, topic))
    bounds.set(topic, known)
    const end = known[partition]?.end ?? null
    const lag = end === null ? null : Math.max(0, end - next)
    inputs.push({
      step,
      partition,
      topic: known.length === 0 ? null : topic,
      position: next,
      end,
      lag,
      epoch,
    })
  }
  return {
    name,
    running,
    pid: running ? (holder?.pid ?? null) : null,
    pausedSince: (await pausedSince(group)) ?? null,
    shards: shards ?? null,
    runs: Number((await group.fact('run')) ?? 0),
    state,
    inputs,
  }
}

/** Whether a living process has the right to run the app. */
export async function isRunning(broker: Broker, name: string): Promise<boolean> {
  try {
    await (await broker.acquireLease(name)).release()
    return false
  } catch (thrown) {
    if (thrown instanceof LeaseError) return true
    throw thrown
  }
}

/** The topic that a step's positions count in. */
function topicOfStep(app: string, step: string, fingerprint: string | undefined): string {
  if (step === RETRY_STEP) return retryTopic(app)
  return fingerprint?.startsWith(SOURCE) === true
    ? fingerprint.slice(SOURCE.length)
    : repartitionTopic(app, step)
}

async function boundsOf(broker: Broker, topic: string): Promise<readonly PartitionInfo[]> {
  return (await broker.topic(topic)) === undefined ? [] : broker.partitions(topic)
}
