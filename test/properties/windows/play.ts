/** Runs windows over random elements: in any interleaving of the partitions, with any number of workers, and with crashes. */
import { App, json, type KeyedStream, Table, type WindowResult } from '../../../src/index.ts'
import { type CrashMoment, TestDriver } from '../../../src/testing/index.ts'
import { feedInPortions } from '../portions.ts'
import type { Came, Expected, Held } from './reference.ts'

/** An element before anybody knows where it will be. */
export interface Given {
  readonly key: string
  readonly time: number
  readonly partition: number
}

/** How a scenario is run. */
export interface Schedule {
  readonly seed: number
  readonly workers: number
  /** How many elements are fed before each run. */
  readonly portions: readonly number[]
  readonly crash?: { readonly moment: CrashMoment; readonly number: number }
}

/** Random elements, and how far they may be out of order. */
export interface Scenario {
  readonly elements: readonly Given[]
  readonly partitions: number
  readonly boundMs: number
  readonly schedule: Schedule
}

const element = json({ id: 'string', key: 'string', time: 'number' })
const held = json<Held & { readonly retracts: boolean }>()

type Element = ReturnType<typeof element.decode>

/** The windows of a keyed stream, aggregated in any way that gives all elements. */
export type DefineWindows = (stream: KeyedStream<string, Element>) => {
  readonly windows: { readonly late: KeyedStream<string, Element> }
  readonly results: Results | Table<unknown, WindowResult<string, readonly Element[]>>
}

type Results = KeyedStream<string, WindowResult<string, readonly Element[]>>

/** What the reference is told: the elements as they came by their partitions. */
export function cameOf({ elements, partitions, boundMs }: Scenario): readonly Came[] {
  const newest = Array.from({ length: partitions }, () => Number.NEGATIVE_INFINITY)
  const counts = Array.from({ length: partitions }, () => 0)
  return elements.map(({ key, time, partition }, number) => {
    const before = newest[partition] ?? Number.NEGATIVE_INFINITY
    newest[partition] = Math.max(before, time)
    const offset = counts[partition] ?? 0
    counts[partition] = offset + 1
    return { id: `e${number}`, key, time, partition, offset, entryWatermark: before - boundMs - 1 }
  })
}

/** What came out in the end, folded over what was taken back, and everything in the order in which it came. */
export interface Played extends Expected {
  readonly given: readonly (Held & { readonly retracts: boolean })[]
}

/** Runs a scenario. */
export async function playWindows(scenario: Scenario, define: DefineWindows): Promise<Played> {
  const { schedule, partitions, boundMs, elements } = scenario
  const app = new App('windows', { shards: 3 })
  const input = app.topic('input', { value: element, partitions })
  const output = app.topic('output', { value: held, keyedBy: 'key' })
  const lateOutput = app.topic('late', { value: element })
  const { windows, results } = define(
    app
      .stream(input)
      .eventTime(e => e.time, { outOfOrder: boundMs, maxAhead: false })
      .keyBy(e => e.key),
  )
  if (results instanceof Table) {
    results
      .toChangelog()
      .flatMap(({ before, after }) => [
        ...(before === null ? [] : [heldOf(before, true)]),
        ...(after === null ? [] : [heldOf(after, false)]),
      ])
      .to(output)
  } else results.map(result => heldOf(result, false)).to(output)
  windows.late.to(lateOutput)
  const driver = new TestDriver(app, { seed: schedule.seed, workers: schedule.workers })
  await feedInPortions(driver, schedule, elements, async ({ key, time, partition }, number) => {
    await driver.feedRecords(input, [{ value: { id: `e${number}`, key, time }, partition }])
  })
  const given = (await driver.values(output)).flatMap(each =>
    each === null ? [] : [each as Held & { retracts: boolean }],
  )
  const late = (await driver.values(lateOutput)).map(each => each?.id ?? '')
  return { windows: finalOf(given), late, given }
}

function heldOf(
  { key, window: { start, end }, value }: WindowResult<string, readonly Element[]>,
  retracts: boolean,
): Held & { readonly retracts: boolean } {
  return { key, start, end, ids: value.map(({ id }) => id), retracts }
}

/** The last result of each key and window. */
function finalOf(given: readonly (Held & { readonly retracts: boolean })[]): readonly Held[] {
  const last = new Map<string, Held>()
  for (const { retracts, ...window } of given) {
    const name = `${window.key} ${window.start} ${window.end}`
    if (retracts) last.delete(name)
    else last.set(name, window)
  }
  return [...last.values()]
}

/** In one order, to be compared. */
export function sorted({ windows, late }: Expected): Expected {
  const texts = windows.map(window => JSON.stringify(window)).sort()
  return { windows: texts.map(text => JSON.parse(text) as Held), late: late.toSorted() }
}

/** What is left of all results once those that were taken back are gone; throws where one was never given. */
export function foldedOver(given: Played['given']): readonly Held[] {
  const counts = new Map<string, number>()
  for (const { retracts, ...window } of given) {
    const text = JSON.stringify(window)
    const count = (counts.get(text) ?? 0) + (retracts ? -1 : 1)
    if (count < 0) throw new Error(`taken back, but never given: ${text}`)
    counts.set(text, count)
  }
  return [...counts].flatMap(([text, count]) => Array.from({ length: count }, () => JSON.parse(text) as Held))
}
