/**
 * Reads the state of an app without its program: of a stopped or a running one, as its last commit left it,
 * or of a savepoint.
 *
 * Values are what the step wrote; a value that grows is what was written first and what was added since.
 */
import type { Broker } from '../broker/index.ts'
import { type Key, msgpack } from '../codec/index.ts'
import { StateError, UsageError } from '../errors.ts'
import { type RawEntry, RawState, restoreState } from '../state/index.ts'
import { systemClock } from '../time/index.ts'
import { stateTopics } from './names.ts'
import { readSavepoint } from './savepoint/savepoint-file.ts'
import { isStateful, loadingOf, unfinishedLoad } from './stored-facts.ts'

/** So many entries are read before others have their turn. */
const BREATHE_ENTRIES = 2000

/** Where state is read: a broker, or the file of a savepoint. */
export type StateSource = Broker | { readonly savepoint: string }

/** Options of `readState`. */
export interface ReadStateOptions {
  /** Only the state of this step. */
  readonly step?: string
}

/** One entry of state. */
export interface StateEntry {
  readonly step: string
  readonly cell: string
  readonly shard: number
  /** What groups entries: the end of a window, say, or the key where a cell has many values for each. */
  readonly namespace: Key
  readonly key: Key
  /** The value as the step wrote it; undefined where it was only added to. */
  readonly value: unknown
  /** What was added since, each behind so many parts of the value; empty for a value that does not grow. */
  readonly additions: readonly { readonly from: number; readonly value: unknown }[]
}

/** An entry whose values are not read. */
export interface PlacedEntry extends RawEntry {
  readonly step: string
  readonly shard: number
}

const codec = msgpack<unknown>()

/**
 * The state of an app, entry by entry, step by step and shard by shard; changes nothing. Of a running app it is
 * what one commit left. Throws `USAGE` where there is no such app, or no such step.
 *
 * ```ts
 * for await (const { step, key, value } of readState(broker, 'sensor-sums')) console.log(step, key, value)
 * ```
 */
export async function* readState(
  from: StateSource,
  app: string,
  options: ReadStateOptions = {},
): AsyncGenerator<StateEntry> {
  for await (const entry of readRawState(from, app, options)) yield decodeEntry(entry)
}

/** The same, without reading values. */
export async function* readRawState(
  from: StateSource,
  app: string,
  { step }: ReadStateOptions = {},
): AsyncGenerator<PlacedEntry> {
  if ('savepoint' in from) yield* ofSavepoint(from.savepoint, app, step)
  else yield* ofBroker(from, app, step)
}

/** Reads the values of an entry. */
export function decodeEntry({ value, additions, ...place }: PlacedEntry): StateEntry {
  return {
    ...place,
    value: value === null ? undefined : codec.decode(value, 0, value.length),
    additions: additions.map(({ from, added }) => ({ from, value: codec.decode(added, 0, added.length) })),
  }
}

async function* ofBroker(broker: Broker, app: string, only: string | undefined): AsyncGenerator<PlacedEntry> {
  const moment = await broker.moment()
  try {
    const loading = loadingOf(await moment.fact(app, 'loading'))
    if (loading !== undefined) throw unfinishedLoad(app, loading)
    const state = await moment.fact(app, 'state')
    if (typeof state !== 'object' || state === null) {
      throw new UsageError(`there is no app "${app}" on ${broker.url} that has run: see "sluice group list"`)
    }
    const steps: string[] = []
    for (const step of Object.keys(state)) if (await isStateful(moment, app, step)) steps.push(step)
    checkStep(app, only, steps)
    for (const step of steps) {
      if (only !== undefined && only !== step) continue
      const topics = stateTopics(app, step)
      const { length } = await moment.partitions(topics.changelog)
      for (let shard = 0; shard < length; shard++) {
        const found = new RawState()
        await restoreState(moment, topics, shard, found, () => systemClock.yield())
        for (const entry of found.entries()) yield { step, shard, ...entry }
      }
    }
  } finally {
    await moment.close()
  }
}

async function* ofSavepoint(
  file: string,
  app: string,
  only: string | undefined,
): AsyncGenerator<PlacedEntry> {
  const steps = new Set<string>()
  let place = { step: '', shard: 0 }
  let rows = 0
  for (const row of readSavepoint(file)) {
    if (++rows % BREATHE_ENTRIES === 0) await systemClock.yield()
    if (row.kind === 'head' && row.app !== app) {
      throw new StateError('STATE_MISMATCH', `the savepoint ${file} is of app "${row.app}", not of "${app}"`)
    }
    if (row.kind === 'shard') {
      place = { step: row.step, shard: row.shard }
      steps.add(row.step)
    }
    if (row.kind !== 'entry' || (only !== undefined && only !== place.step)) continue
    const { kind: _, ...entry } = row
    yield { ...place, ...entry }
  }
  checkStep(app, only, [...steps])
}

function checkStep(app: string, step: string | undefined, known: readonly string[]): void {
  if (step === undefined || known.includes(step)) return
  throw new UsageError(
    `app "${app}" has no state of a step "${step}"; there is state of: ${known.join(', ') || 'none'}`,
  )
}
