/** The errors that every broker throws alike, so that they read the same on each of them. */
import { BrokerError, FencedError, InternalError, LeaseError } from '../errors.ts'
import { type Append, type InputCommit, type TopicInfo, topicNameProblem } from './broker.ts'
import { checkRules } from './topic-rules.ts'

/** The most partitions that a topic may have. */
export const MAX_PARTITIONS = 10_000

/** Throws `TOPIC_INVALID` unless a topic of this name, size and rules may be made. */
export function checkTopic(topic: TopicInfo): void {
  const problem = topicNameProblem(topic.name)
  if (problem !== undefined) {
    throw new BrokerError(
      'TOPIC_INVALID',
      `the topic name ${JSON.stringify(topic.name)} is not valid: ${problem}`,
    )
  }
  checkRules(topic, topic)
  const count = topic.partitions
  if (Number.isSafeInteger(count) && count >= 1 && count <= MAX_PARTITIONS) return
  throw new BrokerError(
    'TOPIC_INVALID',
    `topic "${topic.name}" was to have ${count} partitions; expected a whole number from 1 to ${MAX_PARTITIONS}`,
  )
}

/** Throws `TOPIC_EXISTS` when `wanted` is not what is there. */
export function checkSameTopic(existing: TopicInfo, wanted: TopicInfo): void {
  if (existing.partitions === wanted.partitions && existing.kind === wanted.kind) return
  throw new BrokerError(
    'TOPIC_EXISTS',
    `topic "${wanted.name}" exists already ${shape(existing)}, and was to be made ${shape(wanted)}; ` +
      'use it as it is, choose another name, or delete it first',
  )
}

/** Refuses a batch without records, which has no place in a log. */
export function checkAppend(append: Append): void {
  if (append.batch.count > 0) return
  throw new InternalError(`an empty batch was to be appended to ${place(append.topic, append.partition)}`)
}

export function topicUnknown(name: string, url: string): BrokerError {
  return new BrokerError(
    'TOPIC_UNKNOWN',
    `topic "${name}" does not exist on ${url}; check the name, or make it: sluice topic create ${name} --partitions N`,
  )
}

export function partitionUnknown(topic: TopicInfo, partition: number): BrokerError {
  return new BrokerError(
    'TOPIC_UNKNOWN',
    `topic "${topic.name}" has no partition ${partition}; it has partitions 0 to ${topic.partitions - 1}`,
  )
}

export function topicDeleted(topic: string, partition: number): BrokerError {
  return new BrokerError('TOPIC_UNKNOWN', `${place(topic, partition)} was deleted while it was being read`)
}

export function offsetOutOfRange(
  topic: string,
  partition: number,
  offset: number,
  bounds: { readonly start: number; readonly end: number },
): BrokerError {
  const holds = `it holds offsets from ${bounds.start} up to ${bounds.end}`
  return new BrokerError(
    'OFFSET_OUT_OF_RANGE',
    offset < bounds.start
      ? `offset ${offset} of ${place(topic, partition)} has been removed, by its retention or because nobody needed it: ${holds}. ` +
          'An app that was to read it goes on with what is left after "sluice group skip APP"'
      : `offset ${offset} of ${place(topic, partition)} is after the end: was the topic deleted and made again? ${holds}. ` +
          'An app that read the old one begins anew after "sluice group reset APP"',
  )
}

/** `found` is the row that stands there, undefined for none. */
export function fenced(
  group: string,
  input: InputCommit,
  found: { readonly epoch: number; readonly next: number } | undefined,
): FencedError {
  const stands = found === undefined ? 'is gone' : `stands at epoch ${found.epoch}, offset ${found.next}`
  return new FencedError(
    `app "${group}": the position of step "${input.step}", partition ${input.partition} ${stands}, ` +
      `and this worker expected epoch ${input.epoch}, offset ${input.from}: ` +
      'another worker has taken over, this one stops; nothing was written',
  )
}

export function leaseHeld(group: string, url: string): LeaseError {
  return new LeaseError(
    `app "${group}" is running on ${url} already; stop it first, or give this one another name`,
  )
}

export function usedAfterClose(url: string): InternalError {
  return new InternalError(`the broker ${url} was used after it had been closed`)
}

/** How messages name a partition. */
export function place(topic: string, partition: number): string {
  return `topic "${topic}", partition ${partition}`
}

function shape(topic: TopicInfo): string {
  return `with ${topic.partitions} ${topic.partitions === 1 ? 'partition' : 'partitions'} as a ${topic.kind} topic`
}
