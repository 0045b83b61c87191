/**
 * Puts entries into the state of a step of a stopped app: to fill a new step, or to mend an old one.
 *
 * All shards together are one change: each gets a new snapshot, old entries and new, and snapshots count only
 * once their ends are written, which is one atomic append for all of them. What a kill leaves before that is
 * never read.
 */
import type { Append, Broker, Group } from '../broker/index.ts'
import { UsageError } from '../errors.ts'
import { type RawEntry, RawSnapshot, RawState, restoreState } from '../state/index.ts'
import { systemClock } from '../time/index.ts'
import { stateTopics } from './names.ts'
import { checkRenaming } from './rename-state.ts'
import { isInput } from './state-fit.ts'
import { loadingOf, storedFacts, unfinishedLoad } from './stored-facts.ts'

/** So many entries are written before others have their turn. */
const BREATHE_ENTRIES = 2000

/** Entries that are to be put into state, by shard. */
export type EntriesByShard = ReadonlyMap<number, readonly RawEntry[]>

/** How state is imported. */
export interface ImportOptions {
  /** Whether the step's other entries go. */
  readonly replace: boolean
}

/** A step that takes entries, and how many shards it has. */
export interface ImportTarget {
  readonly step: string
  readonly shards: number
}

/**
 * Says how many shards a step's state has. `shards` is for an app that has never run; `isNew` says that a step may
 * be one that it has not had. Throws `USAGE` where that does not fit what is there. Changes nothing.
 */
export async function importTarget(
  group: Group,
  step: string,
  given: { readonly shards: number | undefined; readonly isNew: boolean },
): Promise<ImportTarget> {
  const loading = loadingOf(await group.fact('loading'))
  if (loading !== undefined) throw unfinishedLoad(group.id, loading)
  await checkRenaming(group, [])
  const { shards: stored, state } = await storedFacts(group)
  if (isInput(state[step])) {
    throw new UsageError(
      `step "${step}" of app "${group.id}" is "${state[step]}", and keeps no state of this kind`,
    )
  }
  if (state[step] === undefined && !given.isNew) {
    const known = Object.keys(state).join(', ') || 'none, as it has not run'
    throw new UsageError(
      `app "${group.id}" has had no step "${step}"; known are: ${known}. For a step that its next run will have, give --new`,
    )
  }
  if (stored !== undefined) {
    if (given.shards === undefined || given.shards === stored) return { step, shards: stored }
    throw new UsageError(`app "${group.id}" has ${stored} shards: leave --shards ${given.shards} out`)
  }
  if (given.shards !== undefined) return { step, shards: given.shards }
  throw new UsageError(
    `app "${group.id}" has not run, so the number of its shards is not known: give --shards N, usually the number of partitions of its input`,
  )
}

/** Writes the entries; all of them count at once, or none. Only for the holder of the lease. */
export async function importState(
  broker: Broker,
  group: Group,
  parts: { readonly target: ImportTarget; readonly entries: EntriesByShard } & ImportOptions,
): Promise<void> {
  const { target, entries, replace } = parts
  const { changelog, snapshot } = stateTopics(group.id, target.step)
  // No worker that was only stopped may add to what is read here.
  const positions = await group.positions()
  await group.claim(positions.map(({ step, partition, next }) => ({ step, partition, initial: next })))
  await broker.createTopic({ name: changelog, kind: 'changelog', partitions: target.shards })
  await broker.createTopic({ name: snapshot, kind: 'snapshot', partitions: target.shards })
  const changelogs = await broker.partitions(changelog)
  const before = await broker.partitions(snapshot)
  const ends: Append[] = []
  const purges: { readonly topic: string; readonly partition: number; readonly before: number }[] = []
  for (let shard = 0; shard < target.shards; shard++) {
    const added = entries.get(shard) ?? []
    if (added.length === 0 && !replace) continue
    const state = new RawState()
    if (!replace) await restoreState(broker, { changelog, snapshot }, shard, state)
    for (const entry of added) state.put(entry)
    const changelogFrom = changelogs[shard]?.end ?? 0
    const writer = new RawSnapshot(changelogFrom, systemClock.now())
    const place = { topic: snapshot, partition: shard }
    let written = 0
    for (const entry of state.entries()) {
      const batch = writer.add(entry)
      if (batch !== undefined) await broker.produce([{ ...place, batch }])
      if (++written % BREATHE_ENTRIES === 0) await systemClock.yield()
    }
    const rest = writer.rest()
    if (rest !== undefined) await broker.produce([{ ...place, batch: rest }])
    const end = writer.end()
    if (end !== undefined) ends.push({ ...place, batch: end })
    purges.push({ ...place, before: before[shard]?.end ?? 0 })
    purges.push({ topic: changelog, partition: shard, before: changelogFrom })
  }
  // For an app that has not run; the next one to start finds what it would have chosen.
  if ((await group.fact('shards')) === undefined) await group.setFact('shards', target.shards)
  await group.commit({ inputs: [], appends: ends, purges })
}
