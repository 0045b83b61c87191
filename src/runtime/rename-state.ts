/**
 * Gives what a step left to a step of another name: state, positions, elements in flight.
 *
 * It is not one commit, so the group says `renaming` from before the first change until after the last: a run
 * that finds it does the same renames again, or refuses. Each change may be made twice.
 */
import type { Broker, Group, InputPosition } from '../broker/index.ts'
import { decodeProgress, encodeProgress, isSinkRow, sinkRow } from '../engine/index.ts'
import { StateError } from '../errors.ts'
import { RawSnapshot, RawState, restoreState } from '../state/index.ts'
import { systemClock } from '../time/index.ts'
import { DEAD_LETTERS_STEP } from './dead-letters.ts'
import { repartitionTopic, stateTopics } from './names.ts'
import { isInput } from './state-fit.ts'
import { isStateful } from './stored-facts.ts'

/** A step's old id and its new one. */
export interface StateRename {
  readonly from: string
  readonly to: string
}

type Fingerprints = Readonly<Record<string, string>>

const FACT = 'renaming'

/**
 * The fingerprints after the renames, some of which may have been done before (`isAgain`). Throws `STATE_MISMATCH`
 * for a rename of what is not there, or onto what is; changes nothing.
 */
export function renamedState(
  stored: Fingerprints,
  { renames, isAgain }: { readonly renames: readonly StateRename[]; readonly isAgain: boolean },
): Fingerprints {
  const known = (): string => Object.keys(stored).join(', ') || 'none'
  const refuse = (what: string): StateError =>
    new StateError('STATE_MISMATCH', `${what}. Nothing was changed.`)
  const taken = new Set<string>()
  for (const { from, to } of renames) {
    if (isAgain && stored[from] === undefined) continue
    if (stored[from] === undefined)
      throw refuse(`there is no state of a step "${from}" to rename; there is state of: ${known()}`)
    if (stored[to] !== undefined)
      throw refuse(
        `step "${from}" cannot be renamed to "${to}", which has state of its own: run once with --drop-state ${to} before`,
      )
    if (taken.has(from) || taken.has(to)) throw refuse(`--rename-state names "${from}" or "${to}" twice`)
    taken.add(from).add(to)
  }
  const nameOf = nameAfter(renames)
  return Object.fromEntries(Object.entries(stored).map(([step, fingerprint]) => [nameOf(step), fingerprint]))
}

/** Whether these renames were begun before. Throws where others were, which did not come to their end. */
export async function checkRenaming(group: Group, renames: readonly StateRename[]): Promise<boolean> {
  const pending = renamesOf(await group.fact(FACT))
  if (pending === undefined) return false
  if (JSON.stringify(pending) !== JSON.stringify(renames)) throw unfinishedRenames(group.id, pending)
  return true
}

/** Reads the fact `renaming`: the renames that were begun. */
export function renamesOf(fact: unknown): readonly StateRename[] | undefined {
  // Only renames are stored there.
  return fact as readonly StateRename[] | undefined
}

/** An app whose renames were cut off has some of its things under each name. */
export function unfinishedRenames(app: string, renames: readonly StateRename[]): StateError {
  const options = renames.map(({ from, to }) => `--rename-state ${from}=${to}`).join(' ')
  return new StateError(
    'STATE_MISMATCH',
    `app "${app}" was renaming steps, which did not come to its end: run it with ${options} again`,
  )
}

/** Does the renames; `stored` is what the steps left under their old names. Only for the holder of the lease. */
export async function renameState(
  broker: Broker,
  group: Group,
  parts: { readonly stored: Fingerprints; readonly renames: readonly StateRename[] },
): Promise<void> {
  const { stored, renames } = parts
  if (renames.length === 0) return
  // Otherwise all was done but for what is below.
  if (renames.some(({ from }) => stored[from] !== undefined)) {
    await checkExchangesEmpty(broker, group, parts)
    await group.setFact(FACT, renames)
    for (const rename of renames) await copyState(broker, group, rename)
    await renamePositions(group, parts)
    await group.setFact('state', renamedState(stored, { renames, isAgain: false }))
  }
  for (const { from } of renames) {
    const { changelog, snapshot } = stateTopics(group.id, from)
    for (const topic of [changelog, snapshot, repartitionTopic(group.id, from)])
      await broker.deleteTopic(topic)
    for (const step of [from, sinkRow(from)]) await group.forget(step)
  }
  await group.setFact(FACT, undefined)
}

/** Channels are named by the inputs of tasks: what lies in an exchange still has the old names. */
async function checkExchangesEmpty(
  broker: Broker,
  group: Group,
  { stored, renames }: { readonly stored: Fingerprints; readonly renames: readonly StateRename[] },
): Promise<void> {
  const input = renames.find(({ from }) => isInput(stored[from]))
  if (input === undefined) return
  for (const step of Object.keys(stored)) {
    const topic = repartitionTopic(group.id, step)
    if (stored[step] !== 'exchange' || (await broker.topic(topic)) === undefined) continue
    if ((await broker.partitions(topic)).every(({ start, end }) => start === end)) continue
    throw new StateError(
      'STATE_MISMATCH',
      `step "${input.from}" is an input, and elements that came through it still lie between tasks, in exchange "${step}": run the program as it was with --until-caught-up first`,
    )
  }
}

/** Makes the state topics of the new name from scratch: what an earlier attempt left goes. */
async function copyState(broker: Broker, group: Group, { from, to }: StateRename): Promise<void> {
  if (!(await isStateful(broker, group.id, from))) return
  const old = stateTopics(group.id, from)
  const { changelog, snapshot } = stateTopics(group.id, to)
  await broker.deleteTopic(changelog)
  await broker.deleteTopic(snapshot)
  const { length: partitions } = await broker.partitions(old.changelog)
  await broker.createTopic({ name: changelog, kind: 'changelog', partitions })
  await broker.createTopic({ name: snapshot, kind: 'snapshot', partitions })
  for (let partition = 0; partition < partitions; partition++) {
    const state = new RawState()
    await restoreState(broker, old, partition, state, () => systemClock.yield())
    const writer = new RawSnapshot(0, systemClock.now())
    for (const entry of state.entries()) {
      const batch = writer.add(entry)
      if (batch !== undefined) await broker.produce([{ topic: snapshot, partition, batch }])
    }
    for (const batch of [writer.rest(), writer.end()]) {
      if (batch !== undefined) await broker.produce([{ topic: snapshot, partition, batch }])
    }
  }
}

/** New rows, and new names in what is remembered with all of them, in one commit. */
async function renamePositions(
  group: Group,
  { stored, renames }: { readonly stored: Fingerprints; readonly renames: readonly StateRename[] },
): Promise<void> {
  const nameOf = nameAfter(renames)
  const rowOf = (step: string): string => {
    const { from, to } = renames.find(rename => sinkRow(rename.from) === step) ?? { from: '', to: '' }
    return from === '' ? nameOf(step) : sinkRow(to)
  }
  const positions = await group.positions()
  const claimed = await group.claim(
    positions.map(position => {
      const step = rowOf(position.step)
      const isExchange = stored[position.step] === 'exchange' && step !== position.step
      const topic = isExchange ? repartitionTopic(group.id, step) : position.topic
      // The topic of an exchange is a new one, and empty.
      const initial = isExchange ? 0 : position.next
      return { step, partition: position.partition, initial, ...(topic === undefined ? {} : { topic }) }
    }),
  )
  const inputs = claimed.map((row, index) => ({
    ...row,
    from: row.next,
    progress: renamedProgress(positions[index] ?? row, nameOf),
  }))
  await group.commit({ inputs, appends: [], purges: [] })
}

function renamedProgress({ step, progress }: InputPosition, nameOf: (step: string) => string): Uint8Array {
  // Other rows than those of inputs hold what is not ours to read.
  if (progress.length === 0 || step === DEAD_LETTERS_STEP || isSinkRow(step)) return progress
  const { version, lanes, channels, inFlight } = decodeProgress(progress)
  return encodeProgress({
    version,
    lanes: Object.fromEntries(Object.entries(lanes).map(([time, at]) => [nameOf(time), at])),
    channels: channels.map(channel => ({ ...channel, channel: renamedChannel(channel.channel, nameOf) })),
    inFlight: inFlight.map(element => ({ ...element, step: nameOf(element.step) })),
  })
}

/** A channel is named by an input and the number of a task. */
function renamedChannel(channel: string, nameOf: (step: string) => string): string {
  const slash = channel.lastIndexOf('/')
  return `${nameOf(channel.slice(0, slash))}${channel.slice(slash)}`
}

function nameAfter(renames: readonly StateRename[]): (step: string) => string {
  const names = new Map(renames.map(({ from, to }) => [from, to]))
  return step => names.get(step) ?? step
}
