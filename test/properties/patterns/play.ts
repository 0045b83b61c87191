/** Runs a pattern over random events: in any interleaving of the partitions, with any number of workers, and with crashes. */
import { App, json, type Pattern, pattern, type StageType } from '../../../src/index.ts'
import { TestDriver } from '../../../src/testing/index.ts'
import { feedInPortions } from '../portions.ts'
import type { Scenario } from '../windows/play.ts'
import { type Definition, type Event, type Found, type How, type Stage, takes } from './reference.ts'

/** What an event is beside where and when it happens. */
export interface Extra {
  readonly letter: string
  readonly value: number
}

/** Events that happen somewhere. */
export interface PatternScenario extends Scenario {
  readonly extras: readonly Extra[]
}

/** What came out. */
export interface PlayedPattern {
  readonly matches: readonly Found[]
  readonly timedOut: readonly Found[]
  readonly late: readonly string[]
}

const event = json({ id: 'string', key: 'string', time: 'number', letter: 'string', value: 'number' })
const found = json({ key: 'string', time: 'number', events: 'string' })

type LoosePattern = Pattern<Event, Readonly<Record<string, StageType<Event>>>, never>
type Taken = Readonly<Record<string, readonly Event[]>>

/** Runs a scenario. */
export async function playPattern(definition: Definition, scenario: PatternScenario): Promise<PlayedPattern> {
  const { schedule, partitions, boundMs, elements, extras } = scenario
  const app = new App('patterns', { shards: 3 })
  const input = app.topic('input', { value: event, partitions })
  const outputs = ['matches', 'timed-out'].map(name => app.topic(name, { value: found, keyedBy: 'key' }))
  const lateOutput = app.topic('late', { value: event })
  const { skip, stages } = definition
  const matched = app
    .stream(input)
    .eventTime(e => e.time, { outOfOrder: boundMs, maxAhead: false })
    .keyBy(e => e.key)
    .match(patternOf(definition), { skip: skip === 'toLast' ? { toLast: stages.at(-1)?.name ?? '' } : skip })
  for (const [number, stream] of [matched, matched.timedOut].entries()) {
    const output = outputs[number]
    if (output === undefined) continue
    stream
      .withMeta()
      .map(({ value: { key, ...taken }, time }) => ({ key, time, events: JSON.stringify(idsOf(taken)) }))
      .to(output)
  }
  matched.late.to(lateOutput)
  const driver = new TestDriver(app, { seed: schedule.seed, workers: schedule.workers })
  await feedInPortions(driver, schedule, elements, async ({ key, time, partition }, number) => {
    const { letter, value } = extras[number] ?? { letter: 'z', value: 0 }
    await driver.feedRecords(input, [{ value: { id: `e${number}`, key, time, letter, value }, partition }])
  })
  const [matches, timedOut] = await Promise.all(
    outputs.map(async output =>
      (await driver.values(output)).flatMap(each =>
        each === null ? [] : [{ ...each, events: JSON.parse(each.events) as Found['events'] }],
      ),
    ),
  )
  const late = (await driver.values(lateOutput)).map(each => each?.id ?? '')
  return { matches: matches ?? [], timedOut: timedOut ?? [], late }
}

function patternOf({ stages, withinMs, neverAfter }: Definition): LoosePattern {
  let made: LoosePattern | undefined
  const firstName = stages[0]?.name ?? ''
  for (const stage of stages) {
    if (stage.never !== '' && made !== undefined)
      made = made.notFollowedBy(`no_${stage.name}`, e => stage.never.includes(e.letter))
    const names = stages.map(({ name }) => name)
    const where = (e: Event, taken: Taken): boolean => takes(stage, e, firstOf(taken, names))
    const begun: unknown =
      made === undefined
        ? pattern<Event>().begin(stage.name, where)
        : follow(made, stage.how, [stage.name, where])
    made = quantified(begun as LoosePattern, stage)
  }
  if (made === undefined) throw new Error(`no stage, not even ${firstName}`)
  if (neverAfter !== '') made = made.notFollowedBy('no_more', e => neverAfter.includes(e.letter))
  return made.within(withinMs)
}

function firstOf(taken: Taken, names: readonly string[]): Event | undefined {
  return names.flatMap(name => taken[name] ?? [])[0]
}

function follow(
  made: LoosePattern,
  how: How,
  [name, where]: readonly [string, (e: Event, taken: Taken) => boolean],
): unknown {
  switch (how) {
    case 'next':
      return made.next(name, where)
    case 'followedBy':
      return made.followedBy(name, where)
    case 'followedByAny':
      return made.followedByAny(name, where)
  }
}

function quantified(made: LoosePattern, { from, to, inner }: Stage): LoosePattern {
  if (from === 1 && to === 1) return made
  if (from === 0 && to === 1) return made.optional()
  const counted =
    to === Number.POSITIVE_INFINITY ? made.timesOrMore(Math.max(from, 1)) : made.times(Math.max(from, 1), to)
  const ordered =
    inner === 'next'
      ? counted.consecutive()
      : inner === 'followedByAny'
        ? counted.allowCombinations()
        : counted
  return from === 0 ? ordered.optional() : ordered
}

function idsOf(taken: object): Found['events'] {
  // Whether a stage is a list is known only when this runs.
  const stages = Object.entries(taken as Readonly<Record<string, Event | readonly Event[]>>)
  return Object.fromEntries(
    stages.flatMap(([name, its]) => {
      const events = 'id' in its ? [its] : its
      return events.length === 0 ? [] : [[name, events.map(({ id }) => id)]]
    }),
  )
}
