/** A topic as a program names it: what its records are and how they are keyed. */
import { rulesOf, type StartPosition, type TopicRules, topicNameProblem } from '../broker/index.ts'
import type { Codec } from '../codec/index.ts'
import { describeValue, GraphError } from '../errors.ts'
import type { ErrorPolicy, TopicSpec } from '../graph/index.ts'
import { type Duration, positiveDurationMs } from '../time/index.ts'
import { checkOptions, describeOperand } from './check-options.ts'

/** Where an app begins to read a topic in which its group has no position yet. */
export type TopicStart = 'earliest' | 'latest' | Date | { readonly offset: number }

/**
 * How long a topic keeps its records. The oldest batches go, a little at a time, while anybody
 * appends to the broker; never such as a group has still to read, unless `force` says so.
 */
export interface RetentionOptions {
  /** Records that were appended longer ago go: milliseconds, or text such as `'7d'`. */
  readonly age?: Duration
  /** The oldest records go while a partition holds more bytes than this; its newest batch stays. */
  readonly bytes?: number
  /** Whether records go that a group has still to read; that app then fails, and says how to go on. */
  readonly force?: boolean
}

/** Options of `app.topic`. */
export interface TopicOptions<T> {
  /** How values are read and written. */
  readonly value: Codec<T>
  /**
   * The field by whose value the topic is partitioned, with Kafka's default partitioner. Records
   * written to it get that field as their key, and `keyBy` of the same field needs no exchange.
   */
  readonly keyedBy?: keyof T & string
  /** Makes the topic with so many partitions when it is missing; without it a missing input is an error. */
  readonly partitions?: number
  /** How long records are kept, if the topic is made; for ever by default. `sluice topic alter` changes it later. */
  readonly retention?: RetentionOptions
  /**
   * Whether of the records with the same key only the last one is kept, if the topic is made. A record
   * without a value, a tombstone, removes its key.
   */
  readonly compact?: boolean
  /** Where to begin while the group has no position; then ignored. The default is `earliest`. */
  readonly from?: TopicStart
  /** What happens to a record that cannot be decoded; the default is the app's policy. */
  readonly onError?: ErrorPolicy
}

/** A topic of an app; `T` is the type of its values. */
export class Topic<T> {
  readonly name: string
  /** What the graph keeps of it. */
  readonly spec: TopicSpec
  readonly onError: ErrorPolicy | undefined
  /** Makes a topic accept only streams whose elements have all its fields; never present. */
  declare readonly accepts?: (value: T) => void

  constructor(name: string, options: TopicOptions<T>) {
    const problem = topicNameProblem(name)
    if (problem !== undefined)
      throw new GraphError('OPTION_INVALID', `topic ${JSON.stringify(name)}: ${problem}`)
    checkOptions(
      options,
      ['value', 'keyedBy', 'partitions', 'retention', 'compact', 'from', 'onError'],
      `topic "${name}"`,
    )
    checkCodec(name, options.value)
    checkPartitions(name, options.partitions)
    this.name = name
    this.onError = options.onError
    this.spec = {
      name,
      codec: options.value,
      keyedBy: options.keyedBy,
      partitions: options.partitions,
      rules: topicRules(name, options),
      from: startPosition(name, options.from ?? 'earliest'),
    }
  }
}

/** Anything that takes elements of type `T`. */
export interface TopicFor<T> {
  readonly spec: TopicSpec
  readonly accepts?: (value: T) => void
}

function checkCodec(name: string, codec: Partial<Codec<unknown>> | undefined): void {
  if (typeof codec?.decode === 'function' && typeof codec.encode === 'function') return
  throw new GraphError(
    'OPTION_INVALID',
    `topic "${name}": value is ${describeValue(codec)}; expected a codec such as json({ … })`,
  )
}

function checkPartitions(name: string, partitions: number | undefined): void {
  if (partitions === undefined || (Number.isSafeInteger(partitions) && partitions > 0)) return
  throw new GraphError(
    'OPTION_INVALID',
    `topic "${name}": partitions is ${partitions}; expected a whole number ≥ 1`,
  )
}

function topicRules<T>(name: string, { retention, compact = false }: TopicOptions<T>): TopicRules {
  if (retention === undefined) return rulesOf({ compact })
  const { age, bytes, force = false } = retention
  checkOptions(retention, ['age', 'bytes', 'force'], `topic "${name}": retention`)
  if (bytes !== undefined && !(Number.isSafeInteger(bytes) && bytes > 0)) {
    throw new GraphError(
      'OPTION_INVALID',
      `topic "${name}": retention.bytes is ${bytes}; expected a whole number above 0`,
    )
  }
  const ageMs = age === undefined ? undefined : positiveDurationMs(age, `topic "${name}": retention.age`)
  return rulesOf({
    retention: {
      ...(ageMs === undefined ? {} : { ageMs }),
      ...(bytes === undefined ? {} : { bytes }),
      force,
    },
    compact,
  })
}

function startPosition(name: string, from: TopicStart): StartPosition {
  if (from === 'earliest' || from === 'latest') return { kind: from }
  if (from instanceof Date && Number.isFinite(from.getTime())) return { kind: 'time', timeMs: from.getTime() }
  if (typeof from === 'object' && 'offset' in from && Number.isSafeInteger(from.offset) && from.offset >= 0) {
    return { kind: 'offset', offset: from.offset }
  }
  throw new GraphError(
    'OPTION_INVALID',
    `topic "${name}": from is ${String(from)}; expected "earliest", "latest", a valid Date or { offset }`,
  )
}

/** Refuses what is no topic. Throws `OPTION_INVALID`. */
export function checkTopic(given: unknown, what: string): void {
  if (given instanceof Topic) return
  throw new GraphError(
    'OPTION_INVALID',
    `${what} was given ${describeOperand(given)}; expected a topic: what app.topic(…) gives, or new Topic(…)`,
  )
}
