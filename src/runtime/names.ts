/** The names of the topics that belong to an app. */

import { topicNameProblem } from '../broker/index.ts'
import { GraphError } from '../errors.ts'
import type { StateTopics } from '../state/index.ts'

/** The topic behind an exchange. */
export function repartitionTopic(app: string, step: string): string {
  return `${app}.${step}.repartition`
}

/** The topics of a step's state. */
export function stateTopics(app: string, step: string): StateTopics {
  return { changelog: `${app}.${step}.changelog`, snapshot: `${app}.${step}.snapshot` }
}

/** Where elements go that a step could not process. */
export function deadLetterTopic(app: string): string {
  return `${app}-dead-letters`
}

/** Where dead letters wait that are to be tried again. No step's topic is called so: those have two more parts. */
export function retryTopic(app: string): string {
  return `${app}.retry`
}

/** Throws `OPTION_INVALID` for a name that cannot be part of a topic's. */
export function checkAppName(app: string): void {
  const problem = topicNameProblem(app)
  if (problem === undefined) return
  throw new GraphError('OPTION_INVALID', `the app's name ${JSON.stringify(app)} is not allowed: ${problem}`)
}
