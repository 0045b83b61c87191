/**
 * The broker interface: durable partitioned logs, consumer groups, and one atomic commit.
 *
 * The engine knows brokers only through this file. Whatever becomes durable does so through
 * `Group.commit` (an app's work) or `Broker.produce` (anybody's records); both are atomic.
 * Every implementation passes the same conformance suite.
 */
import type { EncodedBatch, RecordBatch } from './record-batch.ts'

/** What a topic is for: people's topics may be read and written by anybody, the others belong to one app. */
export type TopicKind = 'user' | 'repartition' | 'changelog' | 'snapshot'

/**
 * How long the records of a topic are kept. Whole batches go, the oldest first, as others are
 * appended by whatever process, a little at a time; so there may be more for a while.
 */
export interface Retention {
  /** Records that were appended longer ago than this go, milliseconds; for ever unless given. */
  readonly ageMs?: number
  /** The oldest records go while a partition holds more bytes than this; the newest batch stays. */
  readonly bytes?: number
  /** Whether records go that a group has still to read. Without it they stay until it has read them. */
  readonly force?: boolean
}

/** What may be removed from a topic for people; nothing unless said. */
export interface TopicRules {
  readonly retention?: Retention
  /**
   * Whether of the records with the same key only the last one has to stay. Offsets do not change.
   * A tombstone removes its key, and goes itself a day after it was appended.
   */
  readonly compact?: boolean
}

/** A topic as it exists on the broker. */
export interface TopicInfo extends TopicRules {
  readonly name: string
  readonly partitions: number
  readonly kind: TopicKind
}

/** The bounds of one partition of a topic. */
export interface PartitionInfo {
  /** The first offset that can still be read. */
  readonly start: number
  /** The offset that the next record will get; equals `start` when the partition is empty. */
  readonly end: number
  /** The bytes of the batches that are kept. */
  readonly bytes: number
}

/** One batch to be appended to the end of a partition. */
export interface Append {
  readonly topic: string
  readonly partition: number
  readonly batch: EncodedBatch
}

/** Where an app's input begins when its group has no position yet. */
export type StartPosition =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'latest' }
  /** The first record whose timestamp is at or after `timeMs`; the end where there is none. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** Clipped to the offsets that the partition holds. */
  | { readonly kind: 'offset'; readonly offset: number }

/** Reads one partition in order, batch by batch. Not shared between callers. */
export interface Reader {
  /** The offset of the next record that `poll` will give. */
  readonly position: number
  /**
   * The next committed batch, or undefined when there is nothing to read now; never blocks. It may
   * begin before the position, which its `from` says then: a `BatchCursor` passes over the records
   * before. It may hold no records, where all have been removed by compaction. The batch's bytes
   * stay valid until the caller drops them. Throws `OFFSET_OUT_OF_RANGE` when the position
   * has been purged, and `BROKER_CORRUPT` when a checksum fails.
   */
  poll(): RecordBatch | undefined
  /** Continues at `offset`. */
  seek(offset: number): void
  /** The offset after the last committed record, as of now. */
  end(): number
  close(): void
}

/** Positions belong to an input step and a partition, never to a task or worker. */
export interface InputAddress {
  readonly step: string
  readonly partition: number
}

/** The durable row of one input of a group. */
export interface InputPosition extends InputAddress {
  /** The topic that it is a position in, as the last claim said. */
  readonly topic?: string
  /** Raised by every claim; a commit with an older one is refused. */
  readonly epoch: number
  /** The offset of the next record to be processed. */
  readonly next: number
  /** What the engine remembers with the position; opaque here. Empty at first. */
  readonly progress: Uint8Array
}

/** An input that is to be taken over. */
export interface InputClaim extends InputAddress {
  /** Where to begin while there is no position in the topic. */
  readonly initial: number
  /** The topic that the positions count in. Retention spares what they have not reached. */
  readonly topic?: string
}

/** The part of a commit that concerns one input. */
export interface InputCommit extends InputPosition {
  /** The position at the last commit or claim: compared before `next` is set. */
  readonly from: number
}

/** Everything that becomes durable together, or not at all. */
export interface CommitRequest {
  readonly inputs: readonly InputCommit[]
  readonly appends: readonly Append[]
  /** Offsets before which internal topics are no longer needed. */
  readonly purges: readonly { readonly topic: string; readonly partition: number; readonly before: number }[]
}

/** One app's (consumer group's) positions and facts on the broker. */
export interface Group {
  readonly id: string
  /** All positions, for describing; needs no lease. */
  positions(): Promise<readonly InputPosition[]>
  /** A stored fact (any JSON value), or undefined. */
  fact(name: string): Promise<unknown>
  /** Stores a fact; undefined removes it. Only for the holder of the lease, but for the fact that others pause an app by. */
  setFact(name: string, value: unknown): Promise<void>
  /**
   * Takes over these inputs: from now on a commit by any earlier holder is refused. An input
   * without a row, or with one that counts in another topic, gets one at `initial`, which is durable
   * before this returns.
   */
  claim(inputs: readonly InputClaim[]): Promise<readonly InputPosition[]>
  /** Forgets the positions of a step. Only for the holder of the lease. */
  forget(step: string): Promise<void>
  /**
   * Writes everything in the request in one transaction, and gives the base offset of each append,
   * in order. Throws `FencedError` when an input's epoch or position is not as said (nothing is
   * written), and a retryable `BrokerError` when the same request may succeed later.
   */
  commit(request: CommitRequest): Promise<readonly number[]>
  /** Forgets all positions and facts. Only for the holder of the lease. */
  remove(): Promise<void>
}

/**
 * A broker as it was at one moment, whatever is committed meanwhile: each app as one commit left it. A file
 * cannot shrink its log while a moment is open, so it is closed as soon as it has been read.
 */
export interface Moment {
  readonly url: string
  topic(name: string): Promise<TopicInfo | undefined>
  /** The bounds of every partition of a topic. Throws `TOPIC_UNKNOWN`. */
  partitions(topic: string): Promise<readonly PartitionInfo[]>
  /** Reads a partition from `offset` to the end that it had. Throws `TOPIC_UNKNOWN`. */
  reader(topic: string, partition: number, offset: number): Reader
  positions(group: string): Promise<readonly InputPosition[]>
  fact(group: string, name: string): Promise<unknown>
  close(): Promise<void>
}

/** The right to run one app; one holder at a time, freed at once when the holder dies. */
export interface Lease {
  release(): Promise<void>
}

/** Durable partitioned logs with consumer groups. */
export interface Broker {
  readonly url: string
  /** Whether other processes can open the same logs by `url`. */
  readonly shared: boolean
  /**
   * Makes a topic and says whether it was missing. Throws `TOPIC_EXISTS` when one of this name
   * exists with other partitions or of another kind, `TOPIC_INVALID` for a bad name, count or rule.
   * The rules of one that exists stay as they are.
   */
  createTopic(topic: TopicInfo): Promise<boolean>
  /**
   * Replaces what may be removed from a topic by `rules`. Throws `TOPIC_UNKNOWN`, and `TOPIC_INVALID`
   * for a bad rule or a topic that is not for people.
   */
  alterTopic(name: string, rules: TopicRules): Promise<void>
  /** Deletes a topic and its records; a missing one is no error. */
  deleteTopic(name: string): Promise<void>
  topics(): Promise<readonly TopicInfo[]>
  topic(name: string): Promise<TopicInfo | undefined>
  /** The bounds of every partition of a topic. Throws `TOPIC_UNKNOWN`. */
  partitions(topic: string): Promise<readonly PartitionInfo[]>
  /** The offset at which a new group that begins there would start. */
  resolve(topic: string, partition: number, start: StartPosition): Promise<number>
  /** Appends batches atomically, outside any group; gives the base offset of each. */
  produce(appends: readonly Append[]): Promise<readonly number[]>
  /** Reads a partition from `offset` on. Throws `TOPIC_UNKNOWN`. */
  reader(topic: string, partition: number, offset: number): Reader
  /**
   * Resolves when something may have been appended since the last call, by any process, or when
   * aborted. Several may wait at once; they are told apart by their signal, so whoever calls again
   * and again passes the same one each time, and misses nothing that others have heard.
   */
  news(signal: AbortSignal): Promise<void>
  /** Holds what is committed now, to be read at leisure. The caller closes it. */
  moment(): Promise<Moment>
  group(id: string): Group
  groups(): Promise<readonly string[]>
  /** Takes the right to run the app `group`. Throws `LeaseError` while a living process has it. */
  acquireLease(group: string): Promise<Lease>
  close(): Promise<void>
}

/** The longest name of a topic, as in Kafka. */
export const MAX_TOPIC_NAME_LENGTH = 249

const TOPIC_NAME = /^[A-Za-z0-9._-]+$/

/** Says what is wrong with a topic's name, or undefined when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return `${JSON.stringify(name)} is not a topic name`
  if (name.length > MAX_TOPIC_NAME_LENGTH) return `it is longer than ${MAX_TOPIC_NAME_LENGTH} characters`
  if (!TOPIC_NAME.test(name)) return 'only letters, digits, ".", "_" and "-" are allowed'
  return undefined
}
