/** What may be removed from a topic: checked, and brought into one form. */
import { BrokerError } from '../errors.ts'
import type { Retention, TopicInfo, TopicRules } from './broker.ts'

/** The rules without those that change nothing. */
export function rulesOf({ retention, compact }: TopicRules): TopicRules {
  const { ageMs, bytes, force } = retention ?? {}
  const limits: Retention = {
    ...(ageMs === undefined ? {} : { ageMs }),
    ...(bytes === undefined ? {} : { bytes }),
  }
  const isLimited = Object.keys(limits).length > 0
  return {
    ...(isLimited ? { retention: force === true ? { ...limits, force } : limits } : {}),
    ...(compact === true ? { compact } : {}),
  }
}

/** Whether there is any rule. */
export function hasRules({ retention, compact }: TopicRules): boolean {
  return retention !== undefined || compact === true
}

/** Throws `TOPIC_INVALID` for limits that are none, and for rules on a topic that belongs to an app. */
export function checkRules(topic: Pick<TopicInfo, 'name' | 'kind'>, rules: TopicRules): void {
  const { retention } = rules
  for (const [what, limit] of [
    ['age in milliseconds', retention?.ageMs],
    ['size in bytes', retention?.bytes],
  ] as const) {
    if (limit === undefined || (Number.isSafeInteger(limit) && limit > 0)) continue
    throw invalid(topic.name, `its retention by ${what} is ${limit}; expected a whole number above 0`)
  }
  if (topic.kind === 'user' || !hasRules(rulesOf(rules))) return
  throw invalid(
    topic.name,
    `it is a ${topic.kind} topic, of which an app removes what it needs no more; only topics for people have retention and compaction`,
  )
}

function invalid(name: string, problem: string): BrokerError {
  return new BrokerError('TOPIC_INVALID', `topic "${name}": ${problem}`)
}
