/** Runs joins over random elements: in any interleaving of the partitions, with any number of workers, and with crashes. */
import fc from 'fast-check'
import { App, json, type KeyedStream } from '../../../src/index.ts'
import { type CrashMoment, TestDriver } from '../../../src/testing/index.ts'
import { feedInPortions } from '../portions.ts'
import type { Came, Expected, Row } from './reference.ts'

/** An element before anybody knows where it will be. */
interface Given {
  readonly side: 'left' | 'right'
  readonly key: string
  readonly time: number
  readonly partition: number
}

/** Random elements of two streams, how far they may be out of order, and how they are run. */
export interface Scenario {
  readonly elements: readonly Given[]
  readonly boundMs: number
  readonly seed: number
  readonly workers: number
  /** How many elements are fed before each run. */
  readonly portions: readonly number[]
  readonly crash?: { readonly moment: CrashMoment; readonly number: number }
}

const PARTITIONS = 2
const element = json({ id: 'string', key: 'string', time: 'number' })
const row = json({ left: 'string', right: 'string', time: 'number' })

/** An element of either side. */
export type Element = ReturnType<typeof element.decode>
type Keyed = KeyedStream<string, Element>

/** A join, with rows as they are compared. */
export type DefineJoin = (
  left: Keyed,
  right: Keyed,
) => {
  readonly rows: KeyedStream<string, Row>
  readonly late: { readonly left: Keyed; readonly right: Keyed }
}

/** What the reference is told: the elements as they came by their partitions. */
export function cameOf({ elements, boundMs }: Scenario): readonly Came[] {
  const newest = new Map<string, number>()
  const counts = new Map<string, number>()
  return elements.map((given, number) => {
    const lane = `${given.side} ${given.partition}`
    const before = newest.get(lane) ?? Number.NEGATIVE_INFINITY
    const offset = counts.get(lane) ?? 0
    newest.set(lane, Math.max(before, given.time))
    counts.set(lane, offset + 1)
    return { ...given, id: `e${number}`, offset, entryWatermark: before - boundMs - 1 }
  })
}

/** Runs a scenario: what came out, in the order in which it did. */
export async function playJoin(scenario: Scenario, define: DefineJoin): Promise<Expected> {
  const { elements } = scenario
  const app = new App('joins', { shards: PARTITIONS })
  const inputs = {
    left: app.topic('left', { value: element, partitions: PARTITIONS }),
    right: app.topic('right', { value: element, partitions: PARTITIONS }),
  }
  const output = app.topic('output', { value: row })
  const lates = {
    left: app.topic('late-left', { value: element }),
    right: app.topic('late-right', { value: element }),
  }
  const keyed = (side: 'left' | 'right'): Keyed =>
    app
      .stream(inputs[side])
      .eventTime(e => e.time, { outOfOrder: scenario.boundMs, maxAhead: false })
      .keyBy(e => e.key)
  const { rows, late } = define(keyed('left'), keyed('right'))
  rows.to(output)
  late.left.to(lates.left)
  late.right.to(lates.right)
  const driver = new TestDriver(app, { seed: scenario.seed, workers: scenario.workers })
  await feedInPortions(driver, scenario, elements, async ({ side, key, time, partition }, number) => {
    await driver.feedRecords(inputs[side], [{ value: { id: `e${number}`, key, time }, partition }])
  })
  const late2 = await Promise.all(
    (['left', 'right'] as const).map(async side =>
      (await driver.values(lates[side])).map(each => `${side} ${each?.id ?? ''}`),
    ),
  )
  return {
    rows: (await driver.values(output)).filter(each => each !== null),
    late: late2.flat(),
  }
}

/** In one order, to be compared. */
export function sorted({ rows, late }: Expected): { rows: readonly string[]; late: readonly string[] } {
  const texts = rows.map(({ left, right, time }) => `${left} ${right} @${time}`)
  return { rows: texts.sort(), late: late.toSorted() }
}

const anElement = fc.record({
  side: fc.constantFrom('left' as const, 'right' as const),
  key: fc.constantFrom('a', 'b', 'c'),
  time: fc.oneof(fc.nat(20), fc.nat(60)),
  partition: fc.nat(PARTITIONS - 1),
})

/** Random scenarios. */
export function scenarios(): fc.Arbitrary<Scenario> {
  return fc.record(
    {
      boundMs: fc.constantFrom(0, 3, 20),
      // Times go forward by `pace` for each element, more or less.
      elements: fc
        .tuple(fc.constantFrom(0, 2, 5), fc.array(anElement, { maxLength: 40 }))
        .map(([pace, all]) => all.map((each, number) => ({ ...each, time: each.time + number * pace }))),
      seed: fc.nat(2 ** 30),
      workers: fc.integer({ min: 1, max: 3 }),
      portions: fc.array(fc.nat(14), { maxLength: 3 }),
      crash: fc.record({
        moment: fc.constantFrom('record' as const, 'beforeCommit' as const, 'afterCommit' as const),
        number: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { requiredKeys: ['boundMs', 'elements', 'seed', 'workers', 'portions'] },
  )
}
