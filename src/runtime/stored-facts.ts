/** What the broker remembers of an app beside its positions, and what may be told from it. */
import type { Group, Moment, TopicInfo } from '../broker/index.ts'
import { StateError } from '../errors.ts'
import { stateTopics } from './names.ts'

/** What earlier runs, or a savepoint, say of the app. */
export interface StoredFacts {
  readonly shards: number | undefined
  /** Fingerprints, by step. */
  readonly state: Readonly<Record<string, string>>
}

/** Reads the facts `shards` and `state`. */
export async function storedFacts(group: Pick<Group, 'fact'>): Promise<StoredFacts> {
  const shards = await group.fact('shards')
  // Only fingerprints are stored there.
  const state = ((await group.fact('state')) ?? {}) as Readonly<Record<string, string>>
  return { shards: typeof shards === 'number' ? shards : undefined, state }
}

/** The start from a savepoint that is under way, or was cut off. */
export interface Loading {
  /** The file. */
  readonly from: string
}

/** Reads the fact `loading`. */
export function loadingOf(fact: unknown): Loading | undefined {
  const isLoading = typeof fact === 'object' && fact !== null && 'from' in fact
  return isLoading ? { from: String(fact.from) } : undefined
}

/** An app whose start from a savepoint was cut off has only part of it. */
export function unfinishedLoad(app: string, { from }: Loading): StateError {
  return new StateError(
    'STATE_MISMATCH',
    `app "${app}" was being started from the savepoint ${from}, which did not come to its end: run it with --from-savepoint ${from} again, or "sluice group reset ${app}" and process everything again`,
  )
}

/** Whether a step has state on a broker. */
export async function isStateful(broker: Pick<Moment, 'topic'>, app: string, step: string): Promise<boolean> {
  return (await broker.topic(stateTopics(app, step).changelog)) !== undefined
}

/** The internal topics of an app, and not those of an app whose name begins with the same words. */
export function ownTopics(
  app: string,
  topics: readonly TopicInfo[],
  groups: readonly string[],
): readonly TopicInfo[] {
  const others = groups.filter(group => group.startsWith(`${app}.`))
  return topics.filter(
    ({ kind, name }) =>
      kind !== 'user' && name.startsWith(`${app}.`) && !others.some(other => name.startsWith(`${other}.`)),
  )
}
