/** Plays a recorded pattern: one element at a time, each with all that it sets off, and then the end of the input. */
import {
  type AnyPattern,
  App,
  json,
  type Pattern,
  pattern,
  type SkipStrategy,
  type StageType,
  type StageTypes,
} from '../../../src/index.ts'
import { TestDriver } from '../../../src/testing/index.ts'
import { compare } from './compare.ts'
import { readMatchRecognize } from './match-recognize.ts'

/** An event: id, key, time, value. */
type EventRow = readonly [id: string, key: string, time: number, value: number]

/** What an event has to be: a field compared with a number, or with what a stage took last. */
type Where =
  | readonly [field: string, operator: string, than: number | { readonly last: string }]
  | readonly [field: string, operator: 'mod', by: number, is: number]

/** A stage as it was recorded; one with stages is a group, and has neither name nor condition. */
interface RecordedStage {
  readonly name: string
  readonly stages?: readonly RecordedStage[]
  readonly contiguity?: 'next' | 'followedBy' | 'followedByAny' | 'notNext' | 'notFollowedBy'
  readonly where: readonly Where[]
  readonly times?: number | readonly [from: number, to: number]
  readonly timesOrMore?: number
  readonly oneOrMore?: boolean
  readonly greedy?: boolean
  readonly optional?: boolean
  readonly consecutive?: boolean
  readonly allowCombinations?: boolean
  readonly until?: readonly Where[]
}

/** A case of stages. */
export interface PatternCase {
  readonly id: string
  readonly kind: 'pattern'
  readonly stages: readonly RecordedStage[]
  readonly boundMs: number
  readonly withinMs?: number
  readonly skip?: { readonly kind: string; readonly stage?: string }
  readonly events: readonly EventRow[]
  readonly matches: readonly RecordedMatch[]
  readonly timedOut: readonly RecordedMatch[]
}

/** A case of SQL. */
export interface MatchRecognizeCase {
  readonly id: string
  readonly kind: 'matchRecognize'
  readonly flinkSql: string
  readonly boundMs: number
  readonly events: readonly EventRow[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The ids of the events of each stage. */
interface RecordedMatch {
  readonly key: string
  readonly events: Readonly<Record<string, readonly string[]>>
}

const event = json({ id: 'string', key: 'string', time: 'number', value: 'number' })

/** An event as an object. */
export type PlayedEvent = ReturnType<typeof event.decode>

type Taken = Readonly<Record<string, readonly PlayedEvent[]>>

/** A pattern whose stages are known when it runs. */
export type LoosePattern = Pattern<PlayedEvent, LooseStages, string>
/** The same while its last stage may still be said more of. */
export type LooseStage = Pattern<PlayedEvent, LooseStages, never>
type LooseStages = Readonly<Record<string, StageType<PlayedEvent>>>

/** How a case is played. */
export interface PlayOptions {
  /** Whether the app is stopped and started again after each event. */
  readonly restarts?: boolean
}

/** How what Sluice gives differs from what was recorded; empty: it does not. */
export async function patternDifferences(
  recorded: PatternCase | MatchRecognizeCase,
  options: PlayOptions = {},
): Promise<readonly string[]> {
  if (recorded.kind === 'matchRecognize') return rowDifferences(recorded, options)
  const given = await play(recorded, patternOf(recorded), { skip: skipOf(recorded), ...options })
  return [
    ...differences('match', recorded.matches.map(textOf), given.matches.map(recordedOf).map(textOf)),
    ...differences('timed out', recorded.timedOut.map(textOf), given.timedOut.map(recordedOf).map(textOf)),
  ]
}

async function rowDifferences(
  recorded: MatchRecognizeCase,
  options: PlayOptions,
): Promise<readonly string[]> {
  const { pattern: read, skip, row } = readMatchRecognize(recorded.flinkSql)
  const { matches } = await play(recorded, read, { skip, ...options })
  const rows = matches.map(match => [match['key'], ...row(takenOf(match))])
  return differences(
    'row',
    recorded.rows.map(each => JSON.stringify(each)),
    rows.map(each => JSON.stringify(each)),
  )
}

type GivenMatch = Readonly<Record<string, unknown>>

async function play(
  { boundMs, events }: Pick<PatternCase, 'boundMs' | 'events'>,
  given: AnyPattern<PlayedEvent, StageTypes>,
  { skip, restarts = false }: PlayOptions & { readonly skip: SkipStrategy },
): Promise<{ readonly matches: readonly GivenMatch[]; readonly timedOut: readonly GivenMatch[] }> {
  const app = new App('case')
  const input = app.topic('events', { value: event, keyedBy: 'key', partitions: 1 })
  const matched = app
    .stream(input)
    .eventTime(e => e.time, { outOfOrder: boundMs, maxAhead: false })
    .keyBy(e => e.key)
    .match(given, { skip })
  const matches = matched.toArray()
  const timedOut = matched.timedOut.toArray()
  const driver = new TestDriver(app)
  await driver.start()
  for (const [id, key, time, value] of events) {
    await driver.feed(input, [{ id, key, time, value }])
    await driver.settle()
    if (!restarts) continue
    await driver.stop()
    await driver.start()
  }
  await driver.stop()
  await driver.drain()
  return { matches, timedOut }
}

function patternOf({ stages, withinMs }: PatternCase): LoosePattern {
  const made = sequenceOf(stages)
  return withinMs === undefined ? made : made.within(withinMs)
}

function sequenceOf(stages: readonly RecordedStage[]): LoosePattern {
  const [first, ...others] = stages
  if (first === undefined) throw new Error('a pattern without stages')
  // Which stages there are is known only when this runs.
  const start = pattern<PlayedEvent>()
  const begun: unknown =
    first.stages === undefined
      ? start.begin(first.name, conditionOf(first))
      : start.begin(sequenceOf(first.stages))
  let made = quantified(begun as LoosePattern, first)
  for (const stage of others) {
    made = quantified(followed(made, stage), stage)
  }
  return made
}

function followed(made: LoosePattern, stage: RecordedStage): LoosePattern {
  const { name, contiguity = 'next', stages } = stage
  if (stages !== undefined) {
    if (contiguity === 'notNext' || contiguity === 'notFollowedBy')
      throw new Error(`${contiguity} of a group`)
    return made[contiguity](sequenceOf(stages))
  }
  const where = conditionOf(stage)
  switch (contiguity) {
    case 'next':
      return made.next(name, where) as unknown as LoosePattern
    case 'followedBy':
      return made.followedBy(name, where) as unknown as LoosePattern
    case 'followedByAny':
      return made.followedByAny(name, where) as unknown as LoosePattern
    case 'notNext':
      return made.notNext(name, where) as unknown as LoosePattern
    case 'notFollowedBy':
      return made.notFollowedBy(name, where) as unknown as LoosePattern
  }
}

function quantified(made: LoosePattern, stage: RecordedStage): LoosePattern {
  const { times, timesOrMore, oneOrMore, consecutive, allowCombinations, greedy, optional, until } = stage
  let next = made as unknown as LooseStage
  if (typeof times === 'number') next = next.times(times)
  else if (times !== undefined) next = next.times(...times)
  if (oneOrMore === true) next = next.oneOrMore()
  if (timesOrMore !== undefined) next = next.timesOrMore(timesOrMore)
  if (until !== undefined) next = next.until(conditionOf({ name: stage.name, where: until }))
  if (consecutive === true) next = next.consecutive()
  if (allowCombinations === true) next = next.allowCombinations()
  if (greedy === true) next = next.greedy()
  if (optional === true) next = next.optional()
  return next as unknown as LoosePattern
}

function conditionOf({ name, where }: Pick<RecordedStage, 'name' | 'where'>) {
  return (e: PlayedEvent, taken: Taken): boolean => where.every(each => holds(each, e, { taken, name }))
}

function holds(
  where: Where,
  e: PlayedEvent,
  { taken, name }: { readonly taken: Taken; readonly name: string },
): boolean {
  const sum = (taken[name] ?? []).reduce((total, { value }) => total + value, e.value)
  const value = where[0] === 'sum' ? sum : Number(Reflect.get(e, where[0]))
  if (where[1] === 'mod') return value % Number(where[2]) === Number(where[3])
  const [, operator, than] = where
  const other = typeof than === 'object' ? taken[than.last]?.at(-1)?.value : than
  return other === undefined || compare(value, operator, other)
}

function skipOf({ skip }: PatternCase): SkipStrategy {
  const { kind, stage = '' } = skip ?? { kind: 'noSkip' }
  if (kind === 'noSkip' || kind === 'toNext' || kind === 'pastLastEvent') return kind
  if (kind === 'toFirst') return { toFirst: stage }
  if (kind === 'toLast') return { toLast: stage }
  throw new Error(`no skip strategy ${kind}`)
}

function takenOf({ key: _, ...stages }: GivenMatch): Taken {
  // Whether a stage is a list is known only when this runs.
  const lists = Object.entries(stages as Readonly<Record<string, PlayedEvent | readonly PlayedEvent[]>>)
  return Object.fromEntries(lists.map(([name, taken]) => [name, Array.isArray(taken) ? taken : [taken]]))
}

function recordedOf(match: GivenMatch): RecordedMatch {
  const events = Object.entries(takenOf(match)).flatMap(([name, taken]) =>
    taken.length === 0 ? [] : [[name, taken.map(({ id }) => id)] as const],
  )
  return { key: String(match['key']), events: Object.fromEntries(events) }
}

function textOf({ key, events }: RecordedMatch): string {
  return JSON.stringify([key, Object.entries(events).sort(([left], [right]) => (left < right ? -1 : 1))])
}

function differences(what: string, expected: readonly string[], given: readonly string[]): readonly string[] {
  const left = [...given]
  const missing = expected.filter(each => {
    const at = left.indexOf(each)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
  return [
    ...missing.map(each => `${what} is missing: ${each}`),
    ...left.map(each => `${what} is too much: ${each}`),
  ]
}
